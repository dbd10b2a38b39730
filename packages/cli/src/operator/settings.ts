import { encode, mostOperatorSettings, readOperatorSettings, serviceSettingsSchema, shown } from "@fairway/contract";

/** Settings by the names of labels without their prefix, in capitals. */
export type Settings = Readonly<Record<string, string>>;

/** What an operator changes of a service's settings. */
export type SettingsChange = { readonly set: Settings; readonly unset: readonly string[] };

/** The settings after a change and what it does in sentences; or why it cannot be. */
export type ChangedSettings =
  | { readonly ok: true; readonly settings: Settings; readonly lines: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads `NAME=VALUE` of the command line, names in any case; the last of a name counts. Or the one that is none. */
export function readAssignments(texts: readonly string[]): { readonly set: Settings } | { readonly bad: string } {
  const bad = texts.find((text) => !/^[^=]+=/.test(text));
  if (bad !== undefined) return { bad };
  return { set: Object.fromEntries(texts.map((text) => [nameIn(text), text.slice(text.indexOf("=") + 1)])) };
}

function nameIn(assignment: string): string {
  return assignment.slice(0, assignment.indexOf("=")).toUpperCase();
}

/** Changes an operator's settings of a service: what is set must be as the table of labels allows, and is taken whole or not. */
export function changeSettings(current: Settings, { set, unset }: SettingsChange): ChangedSettings {
  const problems = Object.entries(set).flatMap(([name, text]) => problemsOf(name, text));
  if (problems.length > 0) return { ok: false, problems };
  const before = new Map(Object.entries(current).map(([name, text]) => [name.toUpperCase(), text]));
  const missing = unset.filter((name) => !before.has(name));
  if (missing.length > 0) return { ok: false, problems: [`the operator sets no ${missing.map(shown).join(", ")}`] };
  const rest = [...before].filter(([name]) => !unset.includes(name) && set[name] === undefined);
  const settings = { ...Object.fromEntries(rest), ...set };
  const limit = tooMuchIn(settings);
  if (limit !== undefined) return { ok: false, problems: [limit] };
  return {
    ok: true,
    settings,
    lines: [
      ...Object.entries(set).map(([name, text]) => `${name} is ${quoted(text)}${wasText(before.get(name), text)}`),
      ...unset.map((name) => `${shown(name)} is no longer set${wasText(before.get(name))}: labels decide`),
    ],
  };
}

/** What keeps a setting from having an effect, with its value. */
function problemsOf(name: string, text: string): readonly string[] {
  const { problems } = readOperatorSettings({ [name]: text });
  const written = shown(name);
  return problems.map((problem) => `${written}=${quoted(text)}${problem.slice(written.length)}`);
}

/** Why a record with these could not be read back; undefined: it can be. */
function tooMuchIn(settings: Settings): string | undefined {
  const count = Object.keys(settings).length;
  if (count > mostOperatorSettings)
    return `these are ${count} settings: one service has at most ${mostOperatorSettings}`;
  const parsed = serviceSettingsSchema.safeParse({ v: 1, settings });
  if (parsed.success) return undefined;
  const name = String(parsed.error.issues[0]?.path[1] ?? "");
  return `${shown(name)} has ${settings[name]?.length ?? 0} characters: at most 4096`;
}

/** The record of an operator's settings. */
export function settingsRecord(settings: Settings): string {
  const record = { v: 1, settings } as const;
  return encode(record);
}

function quoted(text: string): string {
  return `"${shown(text)}"`;
}

function wasText(before: string | undefined, now?: string): string {
  if (before === undefined) return "";
  return before === now ? " as before" : ` (was ${quoted(before)})`;
}
