import type { Line } from "@fairway/haproxy";
import { of, ours, quotedWord } from "@fairway/haproxy";
import { hostOf } from "./log-target.ts";
import { operatorLines, type LineRules, type OperatorLines } from "./operator-lines.ts";
import type { ProxySettings } from "./proxy-settings.ts";

/**
 * HAProxy's own bound (50 from 3.1) counts the reloads that a worker has outlived, and would end one with a long
 * connection after many small changes. How many old workers there are is bounded where reloads are made.
 */
const mostReloads = 1_000_000;

/** The lines of `global`: ours, then the operator's. */
export function globalSection(settings: ProxySettings, rules: LineRules): OperatorLines {
  const log = logLines(settings, rules);
  const extra = operatorLines("EXTRA_GLOBAL_SETTINGS", settings.extraGlobal, rules);
  const own = [
    // A second HAProxy on one port would share its traffic silently.
    ours("noreuseport"),
    ours(`stats socket ${quotedWord(settings.socket)} mode 600 level admin expose-fd listeners`),
    ours(`mworker-max-reloads ${mostReloads}`),
    ...hardStopLines(settings),
    of("MAXCONN", `maxconn ${settings.maxconn}`),
    ...httpClientLines(settings),
  ];
  return { lines: [...own, ...log.lines, ...extra.lines], notes: [...log.notes, ...extra.notes] };
}

/** Lines of the operator's by which something may use HAProxy's own HTTP client. */
const httpClientUser = /^["']?(lua-|httpclient|acme|ocsp-update|tune\.ssl\.ocsp-update|expose-experimental)/;

/**
 * HAProxy's own HTTP client reads all authorities of the machine at each start and each check of a file, which takes it
 * longer than everything else together. Where nothing can use that client, it verifies nobody and needs none.
 */
function httpClientLines({ extraGlobal }: ProxySettings): readonly Line[] {
  if (extraGlobal.some((line) => httpClientUser.test(line))) return [];
  return [".if feature(OPENSSL)", "httpclient.ssl.verify none", ".endif"].map(ours);
}

function hardStopLines({ reloadTimeoutS }: ProxySettings): readonly Line[] {
  if (reloadTimeoutS === 0) return [];
  return [of("RELOAD_TIMEOUT", `hard-stop-after ${reloadTimeoutS < 0 ? "1ms" : `${reloadTimeoutS}s`}`)];
}

function logLines({ rsyslogDestination: target }: ProxySettings, { resolves }: LineRules): OperatorLines {
  const host = hostOf(target);
  if (host !== undefined && !resolves(host)) {
    return { lines: [], notes: [`RSYSLOG_DESTINATION="${target}": left out, ${host} does not resolve`] };
  }
  const lines = [`log ${target} local0`, `log ${target} local1 notice`];
  return { lines: lines.map((text) => of("RSYSLOG_DESTINATION", text)), notes: [] };
}
