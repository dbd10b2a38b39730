import { defaultOptions, defaultTimeouts } from "@fairway/contract";
import {
  connectionLogFormat,
  connectionLogRing,
  connectionLogTarget,
  type Line,
  ownLine,
  settingLine,
  quotedWord,
  type Sections,
} from "@fairway/haproxy";
import { hostOf, logHost, operatorLines, type LineRules, type OperatorLines } from "./operator-lines.ts";
import { metricsSection, monitorSection, statsSection, type OwnPages } from "./own-pages.ts";

/** The operator's settings that become sections of haproxy.cfg, as text that HAProxy reads. */
export type ProxySettings = OwnPages & {
  readonly mode: "tcp" | "http";
  readonly balance: string;
  /** OPTION: each what stands after `option`. */
  readonly options: readonly string[];
  /** TIMEOUT: each what stands after `timeout`. */
  readonly timeouts: readonly string[];
  readonly maxconn: number;
  /** EXTRA_GLOBAL_SETTINGS: lines. */
  readonly extraGlobal: readonly string[];
  /** EXTRA_DEFAULT_SETTINGS: lines. */
  readonly extraDefaults: readonly string[];
  /** ADDITIONAL_BACKEND_<rest>: lines. */
  readonly backends: readonly { readonly rest: string; readonly items: readonly string[] }[];
  readonly rsyslogDestination: string;
  /** Whether the agent is told of each connection. */
  readonly connectionLog: "on" | "off";
  /** RELOAD_TIMEOUT in seconds: how long an old worker may finish; 0: as long as its connections live, -1: not at all. */
  readonly reloadTimeoutS: number;
  /** SSL_BIND_OPTIONS and SSL_BIND_CIPHERS. */
  readonly tlsOptions: string;
  readonly tlsCiphers: string | undefined;
  /** Path of the admin stats socket. */
  readonly socket: string;
};

/** The sections, and what of the operator's text was left out or changed, as sentences. */
export type SectionsOutcome = { readonly sections: Sections; readonly notes: readonly string[] };

/** Writes everything outside the listeners. `resolves` tells which of {@link logHosts} can be resolved now. */
export function sectionsOf(settings: ProxySettings, resolves: (host: string) => boolean): SectionsOutcome {
  const rules = { mode: settings.mode, resolves };
  const global = globalSection(settings, rules);
  const defaults = defaultsSection(settings, rules);
  const backends = backendSections(settings, rules);
  return {
    sections: {
      global: global.lines,
      defaults: defaults.lines,
      stats: [...whereLogged(settings, connectionLogRing), ...statsSection(settings)],
      monitor: [...monitorSection(settings), ...metricsSection(settings)],
      backends: backends.lines,
    },
    notes: [...global.notes, ...defaults.notes, ...backends.notes],
  };
}

function whereLogged({ connectionLog }: ProxySettings, lines: readonly Line[]): readonly Line[] {
  return connectionLog === "on" ? lines : [];
}

/** The host names that the operator's log lines need resolved. */
export function logHosts(settings: ProxySettings): readonly string[] {
  const { rsyslogDestination, extraGlobal, extraDefaults, backends } = settings;
  const lines = [...extraGlobal, ...extraDefaults, ...backends.flatMap(({ items }) => items)];
  const hosts = [hostOf(rsyslogDestination), ...lines.map(logHost)];
  return [...new Set(hosts.filter((host) => host !== undefined))];
}

/**
 * HAProxy's own bound (50 from 3.1) counts the reloads that a worker has outlived, and would end one with a long
 * connection after many small changes. How many old workers there are is bounded in `reconcile/old-workers.ts`.
 */
const mostReloads = 1_000_000;

/** The lines of `global`: ownLine, then the operator's. */
function globalSection(settings: ProxySettings, rules: LineRules): OperatorLines {
  const log = logLines(settings, rules);
  const extra = operatorLines("EXTRA_GLOBAL_SETTINGS", settings.extraGlobal, rules);
  const own = [
    // A second HAProxy on one port would share its traffic silently.
    ownLine("noreuseport"),
    ownLine(`stats socket ${quotedWord(settings.socket)} mode 600 level admin expose-fd listeners`),
    ownLine(`mworker-max-reloads ${mostReloads}`),
    ...hardStopLines(settings),
    settingLine("MAXCONN", `maxconn ${settings.maxconn + spareConnections(settings.maxconn)}`),
    ...httpClientLines(settings),
    ...tlsLines(settings),
  ];
  return {
    lines: [...own, ...whereLogged(settings, connectionLogTarget), ...log.lines, ...extra.lines],
    notes: [...log.notes, ...extra.notes],
  };
}

/**
 * What is left to other listeners when one has all that it may have: clients that say nothing fill it in no time. Each takes
 * two file descriptors from listening addresses and checks.
 */
function spareConnections(maxconn: number): number {
  return Math.min(256, Math.ceil(maxconn / 4));
}

/** Lines of the operator's by which something may use HAProxy's own HTTP client. */
const httpClientUser = /^["']?(lua-|httpclient|acme|ocsp-update|tune\.ssl\.ocsp-update|expose-experimental)/;

/**
 * HAProxy's own HTTP client reads all authorities of the machine at each start and each check of a file, which takes it
 * longer than everything else together. Where nothing can use that client, it verifies nobody and needs none.
 */
function httpClientLines({ extraGlobal }: ProxySettings): readonly Line[] {
  if (extraGlobal.some((line) => httpClientUser.test(line))) return [];
  return [".if feature(OPENSSL)", "httpclient.ssl.verify none", ".endif"].map(ownLine);
}

/** What holds for every TLS listener. */
function tlsLines({ tlsOptions, tlsCiphers }: ProxySettings): readonly Line[] {
  return [
    ownLine(".if feature(OPENSSL)"),
    settingLine("SSL_BIND_OPTIONS", `ssl-default-bind-options ${tlsOptions}`),
    ...(tlsCiphers === undefined ? [] : [settingLine("SSL_BIND_CIPHERS", `ssl-default-bind-ciphers ${tlsCiphers}`)]),
    ownLine(".endif"),
  ];
}

function hardStopLines({ reloadTimeoutS }: ProxySettings): readonly Line[] {
  if (reloadTimeoutS === 0) return [];
  return [settingLine("RELOAD_TIMEOUT", `hard-stop-after ${reloadTimeoutS < 0 ? "1ms" : `${reloadTimeoutS}s`}`)];
}

function logLines({ rsyslogDestination: target }: ProxySettings, { resolves }: LineRules): OperatorLines {
  const host = hostOf(target);
  if (host !== undefined && !resolves(host)) {
    return { lines: [], notes: [`RSYSLOG_DESTINATION: left out, ${host} does not resolve`] };
  }
  const lines = [`log ${target} local0`, `log ${target} local1 notice`];
  return { lines: lines.map((text) => settingLine("RSYSLOG_DESTINATION", text)), notes: [] };
}

/** The lines of `defaults`: an operator's `option` or `timeout` takes the place of ours of the same name. */
function defaultsSection(settings: ProxySettings, rules: LineRules): OperatorLines {
  const options = operatorLines("OPTION", prefixed("option", settings.options), rules);
  const timeouts = operatorLines("TIMEOUT", prefixed("timeout", settings.timeouts), rules);
  const extra = operatorLines("EXTRA_DEFAULT_SETTINGS", settings.extraDefaults, rules);
  const lines = [
    settingLine("MODE", `mode ${settings.mode}`),
    ...balanceLines(settings),
    settingLine("MAXCONN", `maxconn ${settings.maxconn}`),
    ownLine("log global"),
    ...whereLogged(settings, [connectionLogFormat]),
    ownLine("retries 7"),
    ...keepaliveLines,
    ...replaced(
      [...ourOptions(settings), ...prefixed("timeout", defaultTimeouts).map(ownLine)],
      [...options.lines, ...timeouts.lines, ...extra.lines],
    ),
  ];
  return { lines, notes: [...options.notes, ...timeouts.notes, ...extra.notes] };
}

/** True where the operator's lines say themselves by what kind of hash servers are chosen. */
export function isHashTypeSaid(extraDefaults: readonly string[]): boolean {
  return extraDefaults.some((line) => /^\s*hash-type\s/.test(line));
}

/** With another kind of hash a server cannot come at run time. */
function balanceLines({ balance, extraDefaults }: ProxySettings): readonly Line[] {
  const texts = [
    `balance ${balance}`,
    ...(balance === "source" && !isHashTypeSaid(extraDefaults) ? ["hash-type consistent"] : []),
  ];
  return texts.map((text) => settingLine("BALANCE", text));
}

/** A peer that vanished without a word is found within a minute. */
const keepaliveLines = ["cli", "srv"].flatMap((side) =>
  [`${side}tcpka-idle 30s`, `${side}tcpka-intvl 10s`, `${side}tcpka-cnt 3`].map(ownLine),
);

function ourOptions({ mode }: ProxySettings): readonly Line[] {
  const log = mode === "tcp" ? "tcplog" : "httplog";
  return prefixed("option", [...defaultOptions, "allbackups", "clitcpka", "srvtcpka", "dontlognull", log]).map(ownLine);
}

function prefixed(keyword: string, items: readonly string[]): readonly string[] {
  return items.map((item) => `${keyword} ${item}`);
}

/** Ours without those that the operator names, then the operator's. */
function replaced(own: readonly Line[], operators: readonly Line[]): readonly Line[] {
  const named = new Set(operators.map(nameOf));
  return [...own.filter((line) => !named.has(nameOf(line))), ...operators];
}

/** What a line sets: the options that choose a log format replace each other. */
function nameOf({ text }: Line): string {
  const name = text.split(/\s+/).slice(0, 2).join(" ");
  return /^option (tcp|http|https)log$/.test(name) ? "option log" : name;
}

/** The operator's further backends, each a section. */
function backendSections({ backends }: ProxySettings, rules: LineRules): OperatorLines {
  const sections = backends.map(({ rest: name, items }) => {
    const setting = `ADDITIONAL_BACKEND_${name}`;
    const { lines, notes } = operatorLines(setting, items, rules);
    const indented = lines.map(({ text, from }) => ({ text: `    ${text}`, from }));
    return { lines: [ownLine(""), settingLine(setting, `backend ${name}`), ...indented], notes };
  });
  return { lines: sections.flatMap(({ lines }) => lines), notes: sections.flatMap(({ notes }) => notes) };
}
