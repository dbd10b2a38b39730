import { createHash } from "node:crypto";
import { byText } from "@fairway/contract";
import type { Line, Listener, ListenerSettings } from "./configuration.ts";
import { ownLine } from "./lines.ts";

/** So many backends of each kind wait for names that come between two reloads. */
const sparesOfKind = 16;
/** Of so many kinds: those that the most names are of, beside that of names which ask for nothing. */
const mostKinds = 4;

/** What a name's backend holds beside servers is of its kind: a hash of these lines. */
type Kind = { readonly kind: string; readonly lines: readonly Line[] };

/** A backend without servers that waits for a name. */
export type Spare = Kind & { readonly section: string };

/**
 * The kind of spare backend that a name with these settings can have; undefined: it needs one of its own, as it has lists
 * of who may connect or tables by its own name.
 */
export function spareKind({ lines = [], lists = [], mostWaiting }: ListenerSettings): string | undefined {
  const isOwn =
    lists.length > 0 || mostWaiting !== undefined || lines.some(({ text }) => text.startsWith("stick-table "));
  return isOwn ? undefined : kindOf(lines);
}

function kindOf(lines: readonly Line[]): string {
  const text = lines.map((line) => line.text).join("\n");
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

/** The spare backends of a configuration, by those of its names that need none of their own; none where there is no name. */
export function sparesOf(listeners: readonly Listener[]): readonly Spare[] {
  const plain = listeners.find(({ names }) => names !== undefined)?.names?.plain;
  if (plain === undefined) return [];
  const counts = new Map<string, Kind & { readonly count: number }>();
  for (const { name, settings } of listeners) {
    const kind = name === undefined ? undefined : spareKind(settings);
    if (kind === undefined) continue;
    counts.set(kind, { kind, lines: settings.lines ?? [], count: (counts.get(kind)?.count ?? 0) + 1 });
  }
  const byCount = [...counts.values()].sort((a, b) => b.count - a.count || byText(a.kind, b.kind));
  const common = byCount.slice(0, mostKinds).map(({ kind, lines }) => ({ kind, lines }));
  const all = new Map([{ kind: kindOf(plain), lines: plain }, ...common].map((each) => [each.kind, each]));
  return [...all.values()].flatMap((each) =>
    Array.from({ length: sparesOfKind }, (_, at) => ({ ...each, section: `spare:${each.kind}.${at + 1}` })),
  );
}

/** The kind of a spare backend, by its name; undefined: it is none. */
export function kindOfSpare(section: string): string | undefined {
  return /^spare:([0-9a-f]{8})\.[0-9]+$/.exec(section)?.[1];
}

/** The sections of the spare backends of a configuration. `more`: what follows from the lines of each. */
export function spareLines(
  listeners: readonly Listener[],
  more: (lines: readonly Line[]) => readonly Line[],
): readonly Line[] {
  return sparesOf(listeners).flatMap(({ section, lines }) => [
    ownLine(`backend ${section}`),
    ownLine("    mode tcp"),
    ...[...lines, ...more(lines)].map(({ text, from }) => ({ text: `    ${text}`, from })),
  ]);
}
