import { alignColumns, displayWidth } from "@fairway/contract";
import { z } from "zod";
import type { AnyKind, ShownItem } from "../resources/kinds.ts";
import { escapeAll, type Format, jsonSchemaOf, rowsOf, titlesOf } from "./render.ts";

/** What `--watch` goes with; `schema` is that of one line of JSON. */
export type WatchFormat = Exclude<Format, "yaml">;

type NamedKind = { readonly name: string } & AnyKind;

type Change = { readonly change: "set" | "gone"; readonly shown: ShownItem };

/** Tells of items, each time that they are looked at, those that are new, changed or gone: a line each. */
export class ChangeLines {
  readonly #kind: NamedKind;
  readonly #form: WatchFormat;
  #before: ReadonlyMap<string, ShownItem> = new Map();
  /** The widest text of each column so far; undefined until the first row. */
  #widest: readonly string[] | undefined;

  constructor(kind: NamedKind, form: WatchFormat) {
    this.#kind = kind;
    this.#form = form;
  }

  /** Lines that are safe to print; none when nothing has changed. A table begins with its titles. */
  next(items: readonly ShownItem[]): readonly string[] {
    const now = byKey(items);
    const changes = changesBetween(this.#before, now);
    this.#before = now;
    if (this.#form === "json") return changes.map((change) => escapeAll(JSON.stringify(this.#jsonOf(change))));
    if (this.#form === "name") return changes.map(({ shown }) => escapeAll(shown.name));
    return changes.length === 0 ? [] : this.#rows(changes);
  }

  #jsonOf({ change, shown: { item } }: Change): object {
    return { kind: this.#kind.name, change, item };
  }

  #rows(changes: readonly Change[]): readonly string[] {
    const isWide = this.#form === "wide";
    const shown = changes.map((change) => change.shown);
    const rows = rowsOf(this.#kind, shown, isWide).map((row, at) =>
      changes[at]?.change === "gone" ? [...row, "gone"] : row,
    );
    const titles = titlesOf(this.#kind, isWide);
    const first = this.#widest === undefined ? [titles] : [];
    const widest = widestOf([this.#widest ?? titles, ...rows], titles.length);
    this.#widest = widest;
    return alignColumns([[...widest, "gone"], ...first, ...rows]).slice(1);
  }
}

/** What `-o json --watch` prints in each line, as a JSON Schema. */
export function changeSchemaOf(kind: NamedKind): unknown {
  return jsonSchemaOf(z.object({ kind: z.literal(kind.name), change: z.enum(["set", "gone"]), item: kind.schema }));
}

function changesBetween(
  before: ReadonlyMap<string, ShownItem>,
  now: ReadonlyMap<string, ShownItem>,
): readonly Change[] {
  const gone = [...before].filter(([key]) => !now.has(key));
  const set = [...now].filter(([key, { item }]) => JSON.stringify(before.get(key)?.item) !== JSON.stringify(item));
  return [
    ...gone.map(([, shown]) => ({ change: "gone", shown }) as const),
    ...set.map(([, shown]) => ({ change: "set", shown }) as const),
  ];
}

/** Several may have one name: of one container several things are refused. */
function byKey(items: readonly ShownItem[]): ReadonlyMap<string, ShownItem> {
  const counts = new Map<string, number>();
  return new Map(
    items.map((item) => {
      const count = counts.get(item.name) ?? 0;
      counts.set(item.name, count + 1);
      return [`${item.name}\n${count}`, item];
    }),
  );
}

function widestOf(rows: readonly (readonly string[])[], columns: number): readonly string[] {
  return Array.from({ length: columns }, (_, column) =>
    rows.reduce(
      (widest, row) => (displayWidth(row[column] ?? "") > displayWidth(widest) ? (row[column] ?? "") : widest),
      "",
    ),
  );
}
