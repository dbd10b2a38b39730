import { longestName, longestValue, mostLabels } from "../bounds.ts";
import { refused, type Rejection } from "../rejection.ts";
import { byText } from "../sorting.ts";
import { hasControlCharacter, shown } from "../text.ts";
import { hintLabel, refuseLabel } from "./label-rejection.ts";
import { canonicalName, isOurs, isOwnName, ownPrefix } from "./label-table.ts";

/** Labels by their canonical names. */
export type Labels = ReadonlyMap<string, string>;

/** The labels of a container that are ours to read. */
export type CleanLabels = {
  readonly labels: Labels;
  /** How the container writes the names, by their canonical names. */
  readonly spelling: ReadonlyMap<string, string>;
  readonly rejections: readonly Rejection[];
};

type Named = { readonly name: string; readonly canonical: string; readonly value: string };

/**
 * The labels below `aliyun.` and `fairway.`, by their canonical names. Of several that are one label the one below
 * `fairway.` counts, else the one that is written as in the table; a hint tells the others. A value with a line break or
 * another control character is refused, whatever the label.
 */
export function cleanLabels(raw: Readonly<Record<string, string>>): CleanLabels {
  const ours = Object.entries(raw).flatMap(([name, value]): readonly Named[] => {
    return isOurs(name) ? [{ name, value, canonical: canonicalName(name) }] : [];
  });
  ours.sort(byPrecedence);
  const tooMany = ours.splice(mostLabels).length;
  const labels = new Map<string, string>();
  const spelling = new Map<string, string>();
  const rejections: Rejection[] = tooMany === 0 ? [] : [refuseTooManyLabels(tooMany)];
  for (const each of ours) {
    const rejection = refuseText(each) ?? hintTwice(each, spelling.get(each.canonical));
    if (rejection) rejections.push(rejection);
    else labels.set(each.canonical, each.value);
    if (!rejection) spelling.set(each.canonical, each.name);
  }
  return { labels, spelling, rejections };
}

/** Tells of a label by the name that the container gives it, and of others below the prefix that it uses. */
export function spellAsWritten(rejection: Rejection, spelling: CleanLabels["spelling"]): Rejection {
  const { label, reason } = rejection;
  const written = label === undefined ? undefined : spelling.get(label);
  if (label === undefined || written === undefined || written === label) return rejection;
  // Elsewhere in a sentence it may be the beginning of another one's name.
  const named = reason.startsWith(label) ? shown(written) + reason.slice(label.length) : reason;
  const isOwn = isOwnName(written);
  return { ...rejection, label: shown(written), reason: isOwn ? named.replaceAll(tableName, ownSpelling) : named };
}

const tableName = /aliyun\.(?:proxy\.)?([A-Za-z_]+)/g;

function ownSpelling(_: string, name: string): string {
  return ownPrefix + name.toLowerCase();
}

function byPrecedence(a: Named, b: Named): number {
  return rank(a) - rank(b) || byText(a.name, b.name);
}

function rank({ name, canonical }: Named): number {
  if (isOwnName(name)) return 0;
  return name === canonical ? 1 : 2;
}

function refuseText({ name, value }: Named): Rejection | undefined {
  if (name.length > longestName || value.length > longestValue) return refuseLong(name, value);
  return hasControlCharacter(value) ? refuseControlCharacter(name, value) : undefined;
}

function hintTwice({ name: label, value }: Named, first: string | undefined): Rejection | undefined {
  if (first === undefined) return undefined;
  const reason = `it is not read: ${shown(first)} is the same label, and counts`;
  return hintLabel({ code: "label-twice", label, value, reason });
}

function refuseLong(name: string, value: string): Rejection {
  const [what, length, most] =
    name.length > longestName ? ["name", name.length, longestName] : ["value", value.length, longestValue];
  const reason = `a ${what} of ${length} characters is too long: at most ${most}`;
  return { ...refused({ code: "label-too-long", reason }), label: shown(name) };
}

function refuseTooManyLabels(count: number): Rejection {
  const reason = `${count} more labels that begin with aliyun. or fairway. are not read: at most ${mostLabels}`;
  return refused({ code: "too-many-labels", value: String(count), reason });
}

/** Refuses a label for the control character in its value. */
export function refuseControlCharacter(label: string, value: string): Rejection {
  const reason = "the value has a line break or another control character";
  return refuseLabel({ code: "control-character", label, value, reason });
}
