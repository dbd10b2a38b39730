import type { Line } from "@fairway/haproxy";
import { bindText, of, ours, quotedWord } from "@fairway/haproxy";
import type { ProxySettings } from "./proxy-settings.ts";

const loopback = "127.0.0.1";

/** HAProxy's stats page and its Prometheus exporter (`/metrics`); without STATS_AUTH on loopback alone. */
export function statsSection({ statsPort, statsAuth, addresses }: ProxySettings): readonly Line[] {
  const binds = statsAuth === undefined ? [loopback] : addresses;
  return [
    ...userLines(statsAuth),
    ours("listen fairway_stats"),
    ours("    mode http"),
    ...binds.map((address) => of("STATS_PORT", `    ${bindText(address, statsPort)}`)),
    ours("    timeout http-request 10s"),
    ours("    timeout client 1m"),
    ...(statsAuth === undefined
      ? []
      : [ours("    http-request auth realm Fairway unless { http_auth(fairway_stats) }")]),
    ours("    http-request use-service prometheus-exporter if { path /metrics }"),
    ours("    stats enable"),
    ours("    stats uri /"),
    ours("    option dontlog-normal"),
  ];
}

function userLines(statsAuth: string | undefined): readonly Line[] {
  if (statsAuth === undefined) return [];
  const colon = statsAuth.indexOf(":");
  const user = quotedWord(statsAuth.slice(0, colon));
  const password = quotedWord(statsAuth.slice(colon + 1));
  return [ours("userlist fairway_stats"), of("STATS_AUTH", `    user ${user} insecure-password ${password}`)];
}
