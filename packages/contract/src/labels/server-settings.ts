import { duration } from "../duration.ts";
import { checkWords, hasCheckKind, readCheck, withoutEffect, type HealthCheck } from "./check.ts";
import { type LabelOutcome, refuseLabel } from "./label-rejection.ts";
import { splitSettingName } from "./port-settings.ts";
import { probeSettingNames, readSeconds } from "./probe.ts";
import { probeLine, readProbeUrl } from "./probe-url.ts";
import { notValidTls, readServerTls, serverTlsWords, type ServerTlsFacts } from "./server-tls.ts";
import { readServerWords, type JudgedText, type LabelTrust, type ServerWords } from "./server-words.ts";

/** What a server's line is made of, by where its words come from. */
export type ServerWordSources = {
  /** The proxy's HEALTH_CHECK. */
  readonly check: readonly string[];
  /** The proxy's EXTRA_ROUTE_SETTINGS. */
  readonly route: readonly string[];
  /** How much of HAProxy's language its settings may use. (what is listed) */
  readonly trust?: LabelTrust | undefined;
  /** How this proxy reaches the container; undefined: at all of its ports. */
  readonly reached?: ReachedPort;
  /** How all servers of its listener are checked, by CHECK. (as each says) */
  readonly listenerCheck?: HealthCheck | undefined;
  /** For SERVER_TLS: the name of its service, and whose certificates count. (nobody's) */
  readonly tls?: ServerTlsFacts;
};

/** The port of a container by which a proxy reaches it. */
export type ReachedPort = {
  readonly port: number;
  readonly isPublished: boolean;
  /** Where its other ports are published beside that one: container port to host port. */
  readonly checkPorts?: Readonly<Record<string, number>> | undefined;
};

/** Each label that is a setting of a server, and what reads its text: the same for the registrar and the proxies. */
const serverSettings = {
  HEALTH_CHECK: readServerWords,
  EXTRA_ROUTE_SETTINGS: readServerWords,
  WEIGHT: (text: string) => numberAfter("weight", text),
  MAXCONN: (text: string) => numberAfter("maxconn", text),
  FAILOVER: readFailover,
  PROXY: readProxy,
  SLOW_START: readTime,
  DRAIN: readTime,
  SERVER_TLS: readTls,
} as const satisfies Readonly<Record<string, (text: string, trust: LabelTrust) => ServerWords>>;

type ServerSettingName = keyof typeof serverSettings;

export const serverSettingNames = Object.keys(serverSettings) as readonly ServerSettingName[];

/** Reads a label that is a setting of a server, named without its prefix. */
export function readServerSetting(name: ServerSettingName, label: string, { text, trust }: JudgedText): LabelOutcome {
  const read = serverSettings[name](text, trust);
  if (read.ok) return { accepted: text.trim(), rejections: [] };
  const isTls = name === "SERVER_TLS";
  const reason = `${isTls ? "its container is not served" : "it has no effect"}: ${read.reason}`;
  const rejections = [refuseLabel({ code: "setting-not-valid", label, value: text, reason })];
  return { accepted: undefined, rejections, ...(isTls && { instead: notValidTls }) };
}

/** The settings of a record that are a server's; undefined: it has none. */
export function serverSettingsOf(settings: Readonly<Record<string, string>>): ServerSettings | undefined {
  const own = [...serverSettingNames, ...probeSettingNames, "CHECK"].flatMap((name) => {
    const text = Object.hasOwn(settings, name) ? settings[name] : undefined;
    return text === undefined ? [] : [[name, text] as const];
  });
  return own.length === 0 ? undefined : Object.fromEntries(own);
}

/** Settings of a server as they stand in a record, not read yet. */
export type ServerSettings = Readonly<Record<string, string>>;

/** The words behind a server's address, what of it is the agent's alone, and what of its settings is not used. */
export type ServerLine = {
  readonly words: readonly string[];
  readonly slowStartMs?: number;
  readonly drainTimeoutMs?: number;
  readonly problems: readonly string[];
  /** Why it is not served. (it is) */
  readonly refusal?: { readonly code: string; readonly reason: string };
};

/**
 * Puts a server's own settings and the proxy's together. HEALTH_CHECK and EXTRA_ROUTE_SETTINGS replace the proxy's, but
 * for its `weight`: weights only mean something beside those of others. A probe comes before HEALTH_CHECK. Of a word given
 * twice the last counts. TLS towards the server comes last: whoever asks for it is served with it or not at all.
 */
export function serverLineOf(settings: ServerSettings, proxy: ServerWordSources): ServerLine {
  const problems: string[] = [];
  const read = (name: ServerSettingName): Accepted | undefined => {
    const text = settings[name];
    const outcome = text === undefined ? undefined : serverSettings[name](text, proxy.trust ?? "listed");
    if (outcome?.ok === false) problems.push(`${name} has no effect: ${outcome.reason}`);
    return outcome?.ok ? outcome : undefined;
  };
  const { listenerCheck } = proxy;
  const hasPage = listenerCheck === undefined && probeLine(settings["probe.url"]) !== undefined;
  const isSaid = hasCheckKind(settings) && (settings["HEALTH_CHECK"] ?? "").trim() !== "";
  const hasKind = listenerCheck === undefined && isSaid;
  const reachable = (name: string, words: readonly string[] | undefined) =>
    words &&
    withReachedPorts({
      name,
      words,
      reached: proxy.reached,
      problems,
      isOfKind: name === "HEALTH_CHECK" ? hasKind : hasPage && name === "probe.url",
    });
  const own = () =>
    reachable("probe.url", probeWords(settings, problems)) ??
    reachable("HEALTH_CHECK", read("HEALTH_CHECK")?.words) ??
    proxy.check;
  if (listenerCheck) problems.push(...withoutEffect(settings, listenerCheck));
  const check = listenerCheck ? checkWords(listenerCheck, proxy.check) : own();
  const further = reachable("EXTRA_ROUTE_SETTINGS", read("EXTRA_ROUTE_SETTINGS")?.words);
  const route = further === undefined ? proxy.route : [...weightIn(proxy.route), ...further];
  const rest = (["WEIGHT", "MAXCONN", "FAILOVER", "PROXY"] as const).flatMap((name) => read(name)?.words ?? []);
  const [slowStartMs, drainTimeoutMs] = [read("SLOW_START")?.ms, read("DRAIN")?.ms];
  const times = {
    ...(slowStartMs !== undefined && { slowStartMs }),
    ...(drainTimeoutMs !== undefined && { drainTimeoutMs }),
  };
  const words = [...check, ...((hasPage || hasKind) && check.length === 0 ? withoutCheck(route) : route), ...rest];
  const asked = readCheck(settings["CHECK"] ?? "tcp");
  if (!asked.ok) {
    const refusal = { code: "setting-not-valid", reason: `CHECK: ${asked.reason}` };
    return { words, ...times, problems, refusal };
  }
  const tls = serverTlsWords(settings["SERVER_TLS"], check, proxy.tls);
  if (!tls.ok) return { words, ...times, problems, refusal: tls };
  return { words: [...words, ...tls.words], ...times, problems };
}

type Accepted = { readonly words: readonly string[]; readonly ms?: number };

/** Every so many seconds, as long as a check may take; HAProxy gives one no more time than there is between two. */
const probeIntervalS = 2;

function probeWords(settings: ServerSettings, problems: string[]): readonly string[] | undefined {
  const text = settings["probe.url"];
  if (text === undefined) return undefined;
  const probe = readProbeUrl(text);
  if (probe === undefined) problems.push("probe.url has no effect: it is no URL of a probe");
  if (probe === undefined) return undefined;
  const seconds = Math.max(probeIntervalS, readSeconds(settings["probe.timeout_seconds"] ?? "") ?? 0);
  return ["check", "port", String(probe.port), "inter", `${seconds}s`, "rise", "2", "fall", "3"];
}

const checkSettings: ReadonlySet<string> = new Set(["HEALTH_CHECK", "EXTRA_ROUTE_SETTINGS"]);

/** The container ports that checks in the settings of a record ask for, beside the one that is served. */
export function checkPortsOf(settings: ServerSettings): readonly number[] {
  const { "probe.url": url = "" } = settings;
  const words = Object.entries(settings)
    .filter(([written]) => checkSettings.has(splitSettingName(written).name))
    .map(([, text]) => text)
    .map((text) => readServerWords(text, "all"))
    .flatMap((read) => (read.ok ? read.words : []));
  const named = words.flatMap((word, at) => (words[at - 1] === "port" ? [Number(word)] : []));
  return [...new Set([...named, readProbeUrl(url)?.port ?? 0])].filter((port) => port > 0);
}

type CheckedWords = {
  readonly name: string;
  readonly words: readonly string[];
  readonly reached: ReachedPort | undefined;
  readonly problems: string[];
  /** Whether more is asked for at the port than that it accepts. */
  readonly isOfKind: boolean;
};

/**
 * Words with the ports of checks as this proxy reaches them. Instead of a port that it does not reach the one that is
 * served is checked, and a problem says so; that one answers no page, so where one is asked for there is no check.
 */
function withReachedPorts({ name, words, reached, problems, isOfKind }: CheckedWords): readonly string[] {
  if (reached === undefined) return words;
  const portAt = (at: number) => portWords(words[at + 1] ?? "", reached);
  const missing = words.findIndex((word, at) => word === "port" && portAt(at) === undefined);
  if (missing >= 0) {
    const asked = words[missing + 1];
    problems.push(
      `${name}: this proxy reaches the container by published ports, and ${asked} is none: ` +
        `${isOfKind ? "it is served without a check" : `${reached.port} is checked instead`}; ` +
        `publish ${asked}, or let the proxy join its network`,
    );
    if (isOfKind) return [];
  }
  return words.flatMap((word, at): readonly string[] => {
    if (words[at - 1] === "port") return [];
    return word === "port" ? (portAt(at) ?? []) : [word];
  });
}

/** The words for a check of a container's port: through the host it has another number, or (undefined) none. */
function portWords(asked: string, reached: ReachedPort): readonly string[] | undefined {
  if (Number(asked) === reached.port) return [];
  if (!reached.isPublished) return ["port", asked];
  const host = reached.checkPorts?.[asked];
  return host === undefined ? undefined : ["port", String(host)];
}

/** The words of a server that is not checked; `observe` wants a check beside it. */
function withoutCheck(words: readonly string[]): readonly string[] {
  return words.filter((word, at) => word !== "check" && word !== "observe" && words[at - 1] !== "observe");
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

function readProxy(text: string): ServerWords {
  const version = text.trim().toLowerCase();
  if (version === "v1") return { ok: true, words: ["send-proxy", "check-send-proxy"] };
  if (version === "v2") return { ok: true, words: ["send-proxy-v2", "check-send-proxy"] };
  if (version === "none") return { ok: true, words: [] };
  return { ok: false, reason: "it is neither v1 nor v2, nor none" };
}

function readTls(text: string): ServerWords {
  const read = readServerTls(text);
  return read.ok ? { ok: true, words: [] } : read;
}

const time = duration();

function readTime(text: string): ServerWords & { readonly ms?: number } {
  const read = time.safeParse(text.trim());
  if (read.success) return { ok: true, words: [], ms: read.data };
  return { ok: false, reason: `it is not ${time.description ?? "a time"}` };
}
