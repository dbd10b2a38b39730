import { type ProxyRejections, shown } from "@fairway/contract";
import type { Stored } from "@fairway/registry";
import type { z } from "zod";

/** Everything that proxies refuse whose records tell of the first alone, by the proxies' names. */
export type Refusals = ReadonlyMap<string, ProxyRejections["rejections"]>;

/** What every item that can be asked for has. */
export type NamedItem = { readonly name: string };

/** A column of a table. */
export type Column<T> = {
  readonly title: string;
  readonly text: (item: T) => string;
  /** Shown by `-o wide` alone. */
  readonly isWide?: boolean;
};

/** Items of a kind, and what of the registry cannot be read or is not told, as sentences that are safe to show. */
export type Reading<T> = { readonly items: readonly T[]; readonly leftOut: readonly string[] };

/** A kind of thing that `fairway get` shows. */
export type Kind<T extends NamedItem> = {
  /** Of the registry, what {@link Kind.read} needs. */
  readonly prefixes: readonly string[];
  /** Of one item as JSON: what is in it stays in it. */
  readonly schema: z.ZodType<T>;
  /** `refusals`: of proxies whose records do not tell all; kinds that need these say so by {@link Kind.asksAgents}. */
  readonly read: (stored: readonly Stored[], refusals?: Refusals) => Reading<T>;
  /** True: agents are asked for what they refuse beyond their records. */
  readonly asksAgents?: boolean;
  /** What people may call an item beside its name. */
  readonly alsoCalled: (item: T) => readonly string[];
  /** The project that an item belongs to; undefined: items of this kind belong to none. */
  readonly projectOf?: (item: T) => string | null;
  readonly columns: readonly Column<T>[];
};

/** Reads what stands below a prefix, each to an item, or to a sentence that says why it cannot be read. */
export function readBelow<T extends object>(
  stored: readonly Stored[],
  prefix: string,
  read: (each: Stored) => T | string,
): Reading<T> {
  const readings = stored
    .filter(({ key }) => key.startsWith(prefix))
    .map((each) => ({ key: each.key, item: read(each) }));
  return {
    items: readings.flatMap(({ item }) => (typeof item === "string" ? [] : [item])),
    leftOut: readings.flatMap(({ key, item }) =>
      typeof item === "string" ? [`left out ${shown(key)}: ${shown(item)}`] : [],
    ),
  };
}

/** An age in its largest unit: `5m`. */
export function ageOf(since: string | null, nowMs = Date.now()): string {
  const seconds = Math.max(0, (nowMs - Date.parse(since ?? "")) / 1000);
  if (!Number.isFinite(seconds)) return "–";
  const [size, unit] = units.find(([size]) => seconds >= size) ?? [1, "s"];
  return `${Math.floor(seconds / size)}${unit}`;
}

const units = [
  [86_400, "d"],
  [3600, "h"],
  [60, "m"],
] as const;

/** Some of many texts, and how many more there are. */
export function some(texts: readonly string[], most = 4): string {
  if (texts.length === 0) return "–";
  const more = texts.length > most ? `, +${texts.length - most}` : "";
  return texts.slice(0, most).join(", ") + more;
}
