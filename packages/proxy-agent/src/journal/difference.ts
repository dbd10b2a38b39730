import {
  endpointsPrefix,
  nodesPrefix,
  proxiesPrefix,
  rejectionsPrefix,
  settingsPrefix,
  shown,
  type Whose,
} from "@fairway/contract";
import type { Facets, KeptRecord } from "./kept-record.ts";

/** What is remembered of a record, to tell what another one differs in: texts of facets that are told, marks of the others. */
export type Remembered = { readonly whose: Whose; readonly facets: Readonly<Record<string, string | number>> };

/** What became of a record. */
export type RecordChange = { readonly is: "came" | "changed" | "went"; readonly text: string; readonly whose: Whose };

/** Facets whose texts are told; of others it is told that they changed. */
const told: ReadonlySet<string> = new Set(["state", "step", "version", "HAProxy's version"]);

/** What is to be remembered of a record. */
export function remember({ whose, facets }: KeptRecord): Remembered {
  const kept = Object.entries(cutNames(facets)).map(([name, text]) => [name, told.has(name) ? text : markOf(text)]);
  return { whose, facets: Object.fromEntries(kept) as Remembered["facets"] };
}

/** Characters of a facet's name that is remembered. */
const longestName = 200;

/** A name may be a sentence of a stranger's: the end of a long one becomes a mark. */
function cutNames(facets: Facets): Facets {
  const cut = (name: string) => {
    const mark = `… ${markOf(name).toString(36)}`;
    return name.length <= longestName ? name : name.slice(0, longestName - mark.length) + mark;
  };
  return Object.fromEntries(Object.entries(facets).map(([name, text]) => [cut(name), text]));
}

/** What became of the record of a key; undefined: nothing that a journal tells, such as another `reportedAt`. */
export function recordChange(
  key: string,
  before: Remembered | undefined,
  after: KeptRecord | undefined,
): RecordChange | undefined {
  const words = wordsFor(key);
  if (after === undefined) return before && { is: "went", text: words.went, whose: before.whose };
  if (before === undefined) return { is: "came", text: words.came(after.facets), whose: after.whose };
  const differing = differences(before.facets, remember(after).facets);
  const named = cutNames(after.facets);
  const texts = differing.map((name) => words.changed(name, before.facets[name], named[name]));
  return texts.length === 0 ? undefined : { is: "changed", text: cut(texts.join("; ")), whose: after.whose };
}

function differences(before: Remembered["facets"], after: Remembered["facets"]): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name]);
}

type Words = {
  readonly came: (facets: Facets) => string;
  readonly changed: (facet: string, before: string | number | undefined, after: string | undefined) => string;
  readonly went: string;
};

/** A facet that was told before and is another now. */
function another(facet: string, before: string | number | undefined, after: string | undefined): string {
  return told.has(facet) ? `${facet} ${shown(String(before))} → ${shown(String(after))}` : `has another ${facet}`;
}

const endpointWords: Readonly<Record<string, string>> = {
  addresses: "has other addresses",
  ports: "asks for other ports",
  settings: "has other settings",
  run: "was started again",
  name: "was renamed",
};

const words: Readonly<Record<string, Words>> = {
  [endpointsPrefix]: {
    came: ({ state = "" }) => `came, ${shown(state)}`,
    changed: (facet, before, after) =>
      endpointWords[facet] ?? `is ${shown(String(after))}, and was ${shown(String(before))}`,
    went: "went",
  },
  [nodesPrefix]: {
    came: ({ step = "" }) => `node came, ${step}`,
    changed: (facet, before, after) =>
      facet === "step" ? `node is ${String(after)}` : `node ${another(facet, before, after)}`,
    went: "node went",
  },
  [settingsPrefix]: {
    came: (facets) => cut(`an operator set ${Object.entries(facets).map(setting).join(", ")}`),
    changed: (name, _, after) =>
      after === undefined ? `an operator unset ${shown(name)}` : `an operator set ${setting([name, after])}`,
    went: "an operator unset everything",
  },
  [rejectionsPrefix]: {
    came: (facets) => cut(`its registrar refuses or hints at: ${Object.keys(facets).map(shown).join("; ")}`),
    changed: (reason, _, after) =>
      `${after === undefined ? "no longer" : "its registrar refuses or hints at"}: ${shown(reason)}`,
    went: "its registrar refuses nothing of it any more",
  },
  [proxiesPrefix]: {
    came: ({ version = "", ...facets }) =>
      `the proxy is here, version ${shown(version)}, HAProxy ${shown(facets["HAProxy's version"] ?? "")}`,
    changed: (facet, before, after) => `the proxy ${another(facet, before, after)}`,
    went: "the proxy left",
  },
};

const otherWords: Words = { came: () => "came", changed: another, went: "went" };

function wordsFor(key: string): Words {
  return words[`${key.split("/", 1)[0] ?? ""}/`] ?? otherWords;
}

function setting([name, text]: readonly [string, string]): string {
  return `${shown(name)} "${shown(text)}"`;
}

const longest = 2000;

function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

/** A mark of a text: another text hardly ever has the same one (FNV-1a, 32 bits). */
function markOf(text: string): number {
  let mark = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) mark = Math.imul(mark ^ text.charCodeAt(at), 0x01000193);
  return mark >>> 0;
}
