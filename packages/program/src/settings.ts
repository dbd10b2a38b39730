import type { z } from "zod";
import { shown } from "@fairway/contract";

/**
 * Settings are environment variables, described once: a table of these is parsed into one typed
 * object, documented in `docs/configuration.md` and printed by `--help`.
 */
export type Setting<T> = {
  /** The environment variable. */
  readonly name: string;
  /** One sentence for the documentation. */
  readonly about: string;
  /** What it means when it is not set, as the documentation says it; empty: nothing. */
  readonly fallback: string;
  /** What is allowed, as errors say it. */
  readonly allowed: string;
  /** Text of the variable (undefined: not set) to a value, items left out, or a refusal. */
  readonly read: (text: string | undefined) => SettingOutcome<T>;
  /** A variable that is set but empty is a value of its own, not unset. */
  readonly emptyIsValue: boolean;
};

export type SettingOutcome<T> =
  { readonly ok: true; readonly value: T; readonly leftOut: readonly string[] } | { readonly ok: false };

type Common = { readonly name: string; readonly about: string; readonly emptyIsValue?: boolean };

/** A one-value setting with a default, given as text in the form that the user writes. */
export function setting<T>(facts: Common & { schema: z.ZodType<T, string>; fallback: string }): Setting<T> {
  const read = (text: string | undefined) => parseOne(facts.schema, text ?? facts.fallback);
  return { ...described(facts), read };
}

/** A one-value setting that may be absent; `fallback` says in words what holds then. */
export function optional<T>(
  facts: Common & { schema: z.ZodType<T, string>; fallback?: string },
): Setting<T | undefined> {
  const read = (text: string | undefined): SettingOutcome<T | undefined> =>
    text === undefined ? { ok: true, value: undefined, leftOut: [] } : parseOne(facts.schema, text);
  return { ...described(facts), read };
}

/** A list setting: a bad item is reported and left out, the others stay. */
export function list<T>(
  facts: Common & { item: z.ZodType<T, string>; fallback?: string; split?: (text: string) => readonly string[] },
): Setting<readonly T[]> {
  const split = facts.split ?? splitCommas;
  const read = (text: string | undefined): SettingOutcome<readonly T[]> => {
    const items = split(text ?? facts.fallback ?? "").map((part) => ({ part, parsed: facts.item.safeParse(part) }));
    const value = items.flatMap(({ parsed }) => (parsed.success ? [parsed.data] : []));
    return { ok: true, value, leftOut: items.filter(({ parsed }) => !parsed.success).map(({ part }) => part) };
  };
  const allowed = `a comma list, each ${facts.item.description ?? "an item"}`;
  return { ...described({ ...facts, schema: facts.item }), allowed, read };
}

/** Splits at commas; `\,` is a comma inside an item. Items are trimmed, empty ones dropped. */
export function splitCommas(text: string): readonly string[] {
  const parts = text.match(/(?:\\,|[^,])+/g) ?? [];
  return parts.map((part) => part.replaceAll("\\,", ",").trim()).filter((part) => part !== "");
}

type Table = Readonly<Record<string, Setting<unknown>>>;
type Values<T extends Table> = { readonly [K in keyof T]: T[K] extends Setting<infer V> ? V : never };

/** What {@link readSettings} answers: typed values and the items left out, or every problem at once. */
export type ReadSettings<T extends Table> =
  | { readonly ok: true; readonly settings: Values<T>; readonly leftOut: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Parses the environment by a table. A bad one-value setting is a problem, `NAME="value": what is allowed`;
 * a bad item of a list is left out and told in the same form.
 */
export function readSettings<T extends Table>(table: T, env: NodeJS.ProcessEnv): ReadSettings<T> {
  const outcomes = Object.entries(table).map(([key, each]) => readOne(key, each, env));
  const problems = outcomes.flatMap((outcome) => (outcome.problem === undefined ? [] : [outcome.problem]));
  if (problems.length > 0) return { ok: false, problems };
  const settings = Object.fromEntries(outcomes.map(({ key, value }) => [key, value])) as Values<T>;
  return { ok: true, settings, leftOut: outcomes.flatMap(({ leftOut }) => leftOut) };
}

type OneRead = { key: string; value?: unknown; leftOut: readonly string[]; problem?: string };

function readOne(key: string, each: Setting<unknown>, env: NodeJS.ProcessEnv): OneRead {
  const text = textOf(each, env);
  const outcome = each.read(text);
  if (!outcome.ok) return { key, leftOut: [], problem: problem(each, text ?? "") };
  return { key, value: outcome.value, leftOut: outcome.leftOut.map((item) => problem(each, item)) };
}

function problem({ name, allowed }: Setting<unknown>, text: string): string {
  return `${name}="${shown(text)}": must be ${allowed}`;
}

function textOf({ name, emptyIsValue }: Setting<unknown>, env: NodeJS.ProcessEnv): string | undefined {
  const text = env[name]?.trim();
  if (text === undefined || isInjectedByLink(name, text, env)) return undefined;
  return text === "" && !emptyIsValue ? undefined : text;
}

/** Docker's links set `STATS_PORT=tcp://…` beside `STATS_NAME` for a link of the name `stats`. */
function isInjectedByLink(name: string, text: string, env: NodeJS.ProcessEnv): boolean {
  const alias = /^(.+)_PORT$/.exec(name)?.[1];
  return alias !== undefined && /^(tcp|udp):\/\//.test(text) && env[`${alias}_NAME`] !== undefined;
}

function parseOne<T>(schema: z.ZodType<T, string>, text: string): SettingOutcome<T> {
  const parsed = schema.safeParse(text);
  return parsed.success ? { ok: true, value: parsed.data, leftOut: [] } : { ok: false };
}

function described(facts: Common & { schema: z.ZodType; fallback?: string }) {
  const { name, about, emptyIsValue = false, fallback = "", schema } = facts;
  return { name, about, emptyIsValue, fallback, allowed: schema.description ?? "valid" };
}
