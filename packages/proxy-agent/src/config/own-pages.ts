import type { ListenAddress } from "@fairway/contract";
import { bindText, type Line, ownLine, quotedWord, settingLine } from "@fairway/haproxy";

/** What HAProxy's own pages are made of. */
export type OwnPages = {
  readonly statsPort: number;
  /** `user:password`; undefined: the stats page is on loopback alone. */
  readonly statsAuth: string | undefined;
  /** Where its exporter answers as well; undefined: nowhere. */
  readonly metricsListen?: ListenAddress | undefined;
  /** Where HAProxy answers as its health, and what; undefined: nowhere. */
  readonly monitor?: { readonly port: number; readonly uri: string } | undefined;
  /** Local addresses of every listener. */
  readonly addresses: readonly string[];
};

const loopback = "127.0.0.1";

/** HAProxy's stats page and its Prometheus exporter (`/metrics`); without STATS_AUTH on loopback alone. */
export function statsSection({ statsPort, statsAuth, addresses }: OwnPages): readonly Line[] {
  const binds = statsAuth === undefined ? [loopback] : addresses;
  return [
    ...userLines(statsAuth),
    ownLine("listen fairway_stats"),
    ownLine("    mode http"),
    ...binds.map((address) => settingLine("STATS_PORT", `    ${bindText(address, statsPort)}`)),
    ownLine("    timeout http-request 10s"),
    ownLine("    timeout client 1m"),
    ...(statsAuth === undefined
      ? []
      : [ownLine("    http-request auth realm Fairway unless { http_auth(fairway_stats) }")]),
    ownLine("    http-request use-service prometheus-exporter if { path /metrics }"),
    ownLine("    stats enable"),
    ownLine("    stats uri /"),
    ownLine("    option dontlog-normal"),
  ];
}

/**
 * HAProxy's Prometheus exporter where the operator says. It has series for each server, which are as many as there are
 * containers over time: without a question for a scope they are left out.
 */
export function metricsSection({ metricsListen, addresses }: OwnPages): readonly Line[] {
  if (metricsListen === undefined) return [];
  const { host, port } = metricsListen;
  const binds = host === "::" ? addresses : [host];
  return [
    ownLine(""),
    ownLine("frontend fairway_metrics"),
    ownLine("    mode http"),
    ...binds.map((address) => settingLine("METRICS_LISTEN", `    ${bindText(address, port)}`)),
    ownLine("    timeout http-request 10s"),
    ownLine("    timeout client 1m"),
    ownLine("    http-request deny deny_status 404 unless { path /metrics }"),
    ownLine("    http-request set-query scope=global&scope=frontend&scope=backend unless { query -m found }"),
    ownLine("    http-request use-service prometheus-exporter"),
    ownLine("    option dontlog-normal"),
  ];
}

/** Answers the path of MONITOR_URI with 200 as long as HAProxy works, and no other; it is not logged. */
export function monitorSection({ monitor, addresses }: OwnPages): readonly Line[] {
  if (monitor === undefined) return [];
  return [
    ownLine(""),
    ownLine("frontend fairway_monitor"),
    ownLine("    mode http"),
    ...addresses.map((address) => settingLine("MONITOR_PORT", `    ${bindText(address, monitor.port)}`)),
    ownLine("    timeout http-request 10s"),
    ownLine("    timeout client 1m"),
    settingLine("MONITOR_URI", `    monitor-uri ${quotedWord(monitor.uri)}`),
    ownLine("    option dontlog-normal"),
  ];
}

function userLines(statsAuth: string | undefined): readonly Line[] {
  if (statsAuth === undefined) return [];
  const colon = statsAuth.indexOf(":");
  const user = quotedWord(statsAuth.slice(0, colon));
  const password = quotedWord(statsAuth.slice(colon + 1));
  return [
    ownLine("userlist fairway_stats"),
    settingLine("STATS_AUTH", `    user ${user} insecure-password ${password}`),
  ];
}
