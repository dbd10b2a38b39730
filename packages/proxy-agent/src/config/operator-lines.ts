import { isIP } from "node:net";
import { type Line, settingLine } from "@fairway/haproxy";

/** Lines from the operator, and what was left out or changed, as sentences. */
export type OperatorLines = { readonly lines: readonly Line[]; readonly notes: readonly string[] };

/** What the operator's lines are judged by. */
export type LineRules = {
  readonly mode: "tcp" | "http";
  /** True for host names that resolve now: HAProxy refuses a log target that does not. */
  readonly resolves: (host: string) => boolean;
};

/**
 * Takes over EXTRA_GLOBAL_SETTINGS or EXTRA_DEFAULT_SETTINGS line by line. A log target that does not resolve is left
 * out; `option httplog` becomes `option tcplog` where the mode is tcp.
 */
export function operatorLines(setting: string, texts: readonly string[], rules: LineRules): OperatorLines {
  const judged = texts.map((text) => judgeLine(setting, text, rules));
  return { lines: judged.flatMap(({ lines }) => lines), notes: judged.flatMap(({ notes }) => notes) };
}

function judgeLine(setting: string, text: string, { mode, resolves }: LineRules): OperatorLines {
  const host = logHost(text);
  if (host !== undefined && !resolves(host)) {
    return { lines: [], notes: [`${setting}: a log line is left out, ${host} does not resolve`] };
  }
  if (mode === "tcp" && /^option\s+httplog\b/.test(text)) {
    return {
      lines: [settingLine(setting, "option tcplog")],
      notes: [`${setting}: option httplog is taken as option tcplog, MODE is tcp`],
    };
  }
  return { lines: [settingLine(setting, text)], notes: [] };
}

/** The host name that a `log` line needs resolved; undefined when it is no such line or names no host. */
export function logHost(line: string): string | undefined {
  const target = /^log\s+(\S+)/.exec(line)?.[1];
  return target === undefined ? undefined : hostOf(target);
}

/** The host name in a log target such as `rsyslog`, `udp@rsyslog:514`, `127.0.0.1` or `/dev/log`. */
export function hostOf(target: string): string | undefined {
  const address = target.replace(/^(udp|tcp|ipv4|ipv6|udp4|udp6|tcp4|tcp6|quic4|quic6)@/, "");
  if (/^(global|stdout|stderr)$|^\/|[@"'$\\[]/.test(address) || isIP(address) !== 0) return undefined;
  const host = address.replace(/:[0-9]*$/, "");
  return host === "" || isIP(host) !== 0 ? undefined : host;
}
