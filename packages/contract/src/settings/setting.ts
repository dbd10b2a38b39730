import type { z } from "zod";
import type { ActsOn } from "../labels/label-table.ts";

/**
 * A setting is an environment variable, described once: a table of these is parsed into one typed object, documented
 * in `docs/configuration.md` and printed by `--help`.
 */
export type Setting<T> = {
  /** The environment variable; of a family with what stands for the rest of each name, as `ADDITIONAL_BACKEND_<NAME>`. */
  readonly name: string;
  /** What the names of a family of variables begin with; undefined: it is one variable. */
  readonly prefix?: string;
  /** One sentence for the documentation. */
  readonly about: string;
  readonly actsOn: ActsOn;
  /** What holds when it is not set, as the documentation says it; empty: nothing. */
  readonly fallback: string;
  /** What is allowed, as errors say it. */
  readonly allowed: string;
  /**
   * Text of the variable (undefined: not set) to a value, items left out, or a refusal. Of a family it reads one variable,
   * and the values are put together.
   */
  readonly read: (text: string | undefined, variable?: string) => SettingOutcome<T>;
  /** A variable that is set but empty is a value of its own, not unset. */
  readonly emptyIsValue: boolean;
  /** The text may hold a secret: of one that is refused the length alone is told. */
  readonly isSecret: boolean;
  /** The variable of this name with `_FILE` behind it may name a file that holds the text; it wins. */
  readonly hasFile: boolean;
};

export type SettingOutcome<T> =
  { readonly ok: true; readonly value: T; readonly leftOut: readonly string[] } | { readonly ok: false };

type Row = {
  readonly name: string;
  readonly about: string;
  readonly actsOn: ActsOn;
  readonly emptyIsValue?: boolean;
  readonly isSecret?: boolean;
  readonly hasFile?: boolean;
};

/** A one-value setting with a default, given as text in the form that the user writes. */
export function setting<T>(row: Row & { schema: z.ZodType<T, string>; fallback: string }): Setting<T> {
  const { schema, fallback } = row;
  return describeRow(row, allowedBy(schema), fallback, (text) => parseOne(schema, text ?? fallback));
}

/** A one-value setting that may be absent; `fallback` says in words what holds then. */
export function optional<T>(row: Row & { schema: z.ZodType<T, string>; fallback?: string }): Setting<T | undefined> {
  const { schema, fallback = "" } = row;
  return describeRow<T | undefined>(row, allowedBy(schema), fallback, (text) =>
    text === undefined ? { ok: true, value: undefined, leftOut: [] } : parseOne(schema, text),
  );
}

/** A list setting: a bad item is reported and left out, the others stay. */
export function list<T>(row: Row & { item: z.ZodType<T, string>; fallback?: string }): Setting<readonly T[]> {
  const { item, fallback = "" } = row;
  return describeRow<readonly T[]>(row, `a comma list, each ${allowedBy(item)}`, fallback, (text) => {
    return { ok: true, ...readItems(item, text ?? fallback) };
  });
}

/** One variable of a family: the rest of its name, and its items. */
export type Member<T> = { readonly rest: string; readonly items: readonly T[] };

/** A list setting for each variable whose name begins as this one does, up to its `<`. */
export function family<T>(
  row: Row & { item: z.ZodType<T, string>; rest: z.ZodType<string, string> },
): Setting<readonly Member<T>[]> {
  const { name, item, rest } = row;
  const prefix = name.slice(0, name.indexOf("<"));
  const allowed = `a comma list, each ${allowedBy(item)}; the rest of its name ${allowedBy(rest)}`;
  const described = describeRow<readonly Member<T>[]>(row, allowed, "", (text, variable = "") => {
    if (text === undefined) return { ok: true, value: [], leftOut: [] };
    const named = rest.safeParse(variable.slice(prefix.length));
    if (!named.success) return { ok: false };
    const { value: items, leftOut } = readItems(item, text);
    return { ok: true, value: [{ rest: named.data, items }], leftOut };
  });
  return { ...described, prefix };
}

function readItems<T>(item: z.ZodType<T, string>, text: string) {
  const items = splitCommas(text).map((part) => ({ part, parsed: item.safeParse(part) }));
  const value = items.flatMap(({ parsed }) => (parsed.success ? [parsed.data] : []));
  return { value, leftOut: items.filter(({ parsed }) => !parsed.success).map(({ part }) => part) };
}

/** Splits at commas; `\,` is a comma inside an item. Items are trimmed, empty ones dropped. */
export function splitCommas(text: string): readonly string[] {
  const parts = text.match(/(?:\\,|[^,])+/g) ?? [];
  return parts.map((part) => part.replaceAll("\\,", ",").trim()).filter((part) => part !== "");
}

function parseOne<T>(schema: z.ZodType<T, string>, text: string): SettingOutcome<T> {
  const parsed = schema.safeParse(text);
  return parsed.success ? { ok: true, value: parsed.data, leftOut: [] } : { ok: false };
}

function allowedBy(schema: z.ZodType): string {
  return schema.description ?? "valid";
}

function describeRow<T>(row: Row, allowed: string, fallback: string, read: Setting<T>["read"]): Setting<T> {
  const { name, about, actsOn, emptyIsValue = false, isSecret = false, hasFile = false } = row;
  return { name, about, actsOn, fallback, allowed, read, emptyIsValue, isSecret, hasFile };
}
