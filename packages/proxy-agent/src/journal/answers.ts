import { type JournalAnswer, type JournalEntry, type JournalMoment, whoseOf } from "@fairway/contract";
import { withoutRevisions } from "@fairway/registry";
import { containersMeant } from "../status/explain.ts";
import { knownOf } from "../status/known-containers.ts";
import type { JournalFiles } from "./journal-files.ts";
import type { JournalLine } from "./journal-line.ts";
import { lastBy, momentOf, replay } from "./replay.ts";
import { segmentAt } from "./segments.ts";

/** Which entries are asked for: all that are set must hold; times are ms since 1970. */
export type JournalQuestion = {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly project?: string | undefined;
  readonly service?: string | undefined;
  /** The newest so many. */
  readonly most: number;
};

/** A moment, and what is asked of it as `fairway why` asks; undefined: all. */
export type MomentQuestion = { readonly atMs: number; readonly asked?: string | undefined };

/** Entries of a journal that match. */
export async function answerOf(files: JournalFiles, question: JournalQuestion): Promise<JournalAnswer> {
  const { sinceMs, most } = question;
  const { segments } = files;
  let found: readonly JournalEntry[] = [];
  for (const segment of segments.toReversed()) {
    const entries = (await files.linesIn(segment)).map(({ entry }) => entry);
    found = [...entries.filter((entry) => isAsked(entry, question)), ...found];
    if (segment.begunMs < sinceMs || found.length > most) break;
  }
  return { from: beginning(files), isCut: found.length > most, entries: found.slice(-most) };
}

function isAsked(entry: JournalEntry, { sinceMs, untilMs, project, service }: JournalQuestion): boolean {
  const at = Date.parse(entry.time);
  if (at < sinceMs || at > untilMs) return false;
  const whose = whoseOf(entry);
  // What is missing may be of any service, or of any project.
  if (entry.is === "missed") return whose.project === null || (project ?? whose.project) === whose.project;
  return (project ?? whose.project) === whose.project && (service ?? whose.service) === whose.service;
}

function beginning({ segments: [first] }: JournalFiles): string | null {
  return first === undefined ? null : new Date(first.begunMs).toISOString();
}

/** What a journal knows of a moment, of what is asked for alone. `held`: its last lines, which are not written yet. */
export async function momentAt(
  files: JournalFiles,
  { atMs, asked }: MomentQuestion,
  held: readonly JournalLine[],
): Promise<JournalMoment> {
  const from = beginning(files);
  const segment = segmentAt(files.segments, atMs);
  if (segment === undefined) return { from, isKnown: false, ...nothing };
  const lines = await files.linesIn(segment);
  const written = replay(lines.slice(0, lastBy(lines, atMs) + 1), await files.stateBefore(segment));
  const isLast = segment === files.segments.at(-1);
  const after = isLast ? held.filter(({ entry: { time } }) => Date.parse(time) <= atMs) : [];
  const state = replay(after, written);
  const moment = momentOf(state, (fingerprint) => files.configurationFile(fingerprint));
  return { from, isKnown: true, ...moment, stored: asked === undefined ? moment.stored : about(asked, moment.stored) };
}

const nothing = { isRunning: false, lostSince: null, configuration: null, stored: [] };

/** Of endpoints and refusals those that are meant, and all else. */
function about(asked: string, stored: JournalMoment["stored"]): JournalMoment["stored"] {
  const known = knownOf(stored.map(withoutRevisions));
  const containers = new Set(containersMeant(asked, known).map(({ container12 }) => container12));
  const isOfContainer = /^(?:endpoints|rejections)\//;
  return stored.filter(({ key }) => !isOfContainer.test(key) || containers.has(key.slice(key.lastIndexOf("/") + 1)));
}
