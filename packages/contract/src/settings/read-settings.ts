import { shown } from "../text.ts";
import type { Setting } from "./setting.ts";

/** Settings by the names that the programs call them. */
export type SettingTable = Readonly<Record<string, Setting<unknown>>>;

/** The values of a table's settings. */
export type SettingValues<T extends SettingTable> = {
  readonly [K in keyof T]: T[K] extends Setting<infer V> ? V : never;
};

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What {@link readSettings} answers: typed values and the items left out, or every problem at once. */
export type ReadSettings<T extends SettingTable> =
  | { readonly ok: true; readonly settings: SettingValues<T>; readonly leftOut: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Parses the environment by a table. A bad one-value setting is a problem, `NAME="value": what is allowed`, or with the
 * length of a value that may be a secret; a bad item of a list is left out and told in the same form.
 */
export function readSettings<T extends SettingTable>(table: T, env: Environment): ReadSettings<T> {
  const outcomes = Object.entries(table).map(([key, each]) => readOne(key, each, env));
  const problems = outcomes.flatMap((outcome) => outcome.problems);
  if (problems.length > 0) return { ok: false, problems };
  const settings = Object.fromEntries(outcomes.map(({ key, value }) => [key, value])) as SettingValues<T>;
  return { ok: true, settings, leftOut: outcomes.flatMap(({ leftOut }) => leftOut) };
}

type OneRead = {
  readonly key: string;
  readonly value?: unknown;
  readonly leftOut: readonly string[];
  readonly problems: readonly string[];
};

function readOne(key: string, each: Setting<unknown>, env: Environment): OneRead {
  const { prefix } = each;
  if (prefix === undefined) return readVariable(key, each, env);
  const names = Object.keys(env).filter((name) => name.startsWith(prefix));
  const reads = names.sort().map((name) => readVariable(key, { ...each, name }, env));
  return {
    key,
    value: reads.flatMap(({ value }) => value),
    leftOut: reads.flatMap(({ leftOut }) => leftOut),
    problems: reads.flatMap(({ problems }) => problems),
  };
}

function readVariable(key: string, each: Setting<unknown>, env: Environment): OneRead {
  const text = textOf(each, env);
  const outcome = each.read(text, each.name);
  if (!outcome.ok) return { key, leftOut: [], problems: [problem(each, text ?? "")] };
  return { key, value: outcome.value, leftOut: outcome.leftOut.map((item) => problem(each, item)), problems: [] };
}

function problem({ name, allowed, isSecret }: Setting<unknown>, text: string): string {
  const given = isSecret || mayHoldSecret(text) ? ` (${text.length} characters)` : `="${shown(text)}"`;
  return `${shown(name)}${given}: must be ${allowed}`;
}

/** User and password of a URL, or the contents of a file of keys in place of its path, whatever the setting. */
function mayHoldSecret(text: string): boolean {
  return text.includes("@") || text.includes("-----BEGIN");
}

function textOf({ name, emptyIsValue }: Setting<unknown>, env: Environment): string | undefined {
  const text = env[name]?.trim();
  if (text === undefined || isInjectedByLink(name, text, env)) return undefined;
  return text === "" && !emptyIsValue ? undefined : text;
}

/** Docker's links set `STATS_PORT=tcp://…` beside `STATS_NAME` for a link of the name `stats`. */
function isInjectedByLink(name: string, text: string, env: Environment): boolean {
  const alias = /^(.+)_PORT$/.exec(name)?.[1];
  return alias !== undefined && /^(tcp|udp):\/\//.test(text) && env[`${alias}_NAME`] !== undefined;
}
