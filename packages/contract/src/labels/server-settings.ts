import { refuseLabel } from "./label-rejection.ts";
import { readServerWords, type ServerWords } from "./server-words.ts";
import type { LabelOutcome } from "./share.ts";

/** What a server's line is made of, by where its words come from. */
export type ServerWordSources = {
  /** The proxy's HEALTH_CHECK. */
  readonly check: readonly string[];
  /** The proxy's EXTRA_ROUTE_SETTINGS. */
  readonly route: readonly string[];
};

/** Each label that is a setting of a server, and what reads its text: the same for the registrar and the proxies. */
const serverSettings = {
  HEALTH_CHECK: readServerWords,
  EXTRA_ROUTE_SETTINGS: readServerWords,
  WEIGHT: (text: string) => numberAfter("weight", text),
  MAXCONN: (text: string) => numberAfter("maxconn", text),
  FAILOVER: readFailover,
} as const;

type ServerSettingName = keyof typeof serverSettings;

export const serverSettingNames = Object.keys(serverSettings) as readonly ServerSettingName[];

/** Reads a label that is a setting of a server, named without its prefix. */
export function readServerSetting(name: ServerSettingName, label: string, text: string): LabelOutcome {
  const read = serverSettings[name](text);
  if (read.ok) return { accepted: text.trim(), rejections: [] };
  const reason = `it has no effect: ${read.reason}`;
  return { accepted: undefined, rejections: [refuseLabel({ code: "setting-not-valid", label, value: text, reason })] };
}

/** The settings of a record that are a server's; undefined: it has none. */
export function serverSettingsOf(settings: Readonly<Record<string, string>>): ServerSettings | undefined {
  const own = serverSettingNames.flatMap((name) => {
    const text = Object.hasOwn(settings, name) ? settings[name] : undefined;
    return text === undefined ? [] : [[name, text] as const];
  });
  return own.length === 0 ? undefined : Object.fromEntries(own);
}

/** Settings of a server as they stand in a record, not read yet. */
export type ServerSettings = Readonly<Record<string, string>>;

/** The words behind a server's address, and what of its settings is not used. */
export type ServerLine = { readonly words: readonly string[]; readonly problems: readonly string[] };

/**
 * Puts a server's own settings and the proxy's together. HEALTH_CHECK and EXTRA_ROUTE_SETTINGS replace the proxy's, but
 * for its `weight`: weights only mean something beside those of others. Of a word given twice the last counts.
 */
export function serverLineOf(settings: ServerSettings, proxy: ServerWordSources): ServerLine {
  const problems: string[] = [];
  const wordsOf = (name: ServerSettingName) => {
    const text = settings[name];
    const read = text === undefined ? undefined : serverSettings[name](text);
    if (read?.ok === false) problems.push(`${name} has no effect: ${read.reason}`);
    return read?.ok ? read.words : undefined;
  };
  const check = wordsOf("HEALTH_CHECK") ?? proxy.check;
  const own = wordsOf("EXTRA_ROUTE_SETTINGS");
  const route = own === undefined ? proxy.route : [...weightIn(proxy.route), ...own];
  const rest = (["WEIGHT", "MAXCONN", "FAILOVER"] as const).flatMap((name) => wordsOf(name) ?? []);
  return { words: [...check, ...route, ...rest], problems };
}

function weightIn(words: readonly string[]): readonly string[] {
  const at = words.lastIndexOf("weight");
  return at < 0 ? [] : words.slice(at, at + 2);
}

function numberAfter(keyword: string, text: string): ServerWords {
  const number = text.trim();
  return /^[0-9]+$/.test(number)
    ? readServerWords(`${keyword} ${number}`)
    : { ok: false, reason: "it is not a whole number" };
}

function readFailover(text: string): ServerWords {
  const value = text.trim().toLowerCase();
  if (value === "true") return { ok: true, words: ["backup"] };
  if (value === "false") return { ok: true, words: [] };
  return { ok: false, reason: "it is neither true nor false" };
}
