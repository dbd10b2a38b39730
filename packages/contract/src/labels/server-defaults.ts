import { type LabelTrust, readServerWords } from "./server-words.ts";

/** Settings that a proxy may have for every server, and the words by which a service says the same in its own. */
const wordsFor = {
  WEIGHT: ["weight"],
  FAILOVER: ["backup"],
  PROXY: ["send-proxy", "send-proxy-v2"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The settings of a service that hold words of HAProxy's. */
const holders = ["HEALTH_CHECK", "EXTRA_ROUTE_SETTINGS"] as const;

type Settings = Readonly<Record<string, string>>;

/**
 * A service's own settings, and those of the proxy's about which it says nothing: neither by their names nor in HAProxy's
 * words. HAProxy takes the last of two words, and the proxy's would stand behind the service's.
 */
export function withServerDefaults(own: Settings, defaults: Settings, trust: LabelTrust = "listed"): Settings {
  if (Object.keys(defaults).length === 0) return own;
  const said = new Set(holders.flatMap((name) => wordsIn(own[name], trust)));
  const left = Object.entries(defaults).filter(([name]) => !spellingsOf(name).some((word) => said.has(word)));
  return { ...Object.fromEntries(left), ...own };
}

function wordsIn(text: string | undefined, trust: LabelTrust): readonly string[] {
  const read = text === undefined ? undefined : readServerWords(text, trust);
  return read?.ok ? read.words : [];
}

function spellingsOf(name: string): readonly string[] {
  return Object.hasOwn(wordsFor, name) ? wordsFor[name as keyof typeof wordsFor] : [];
}
