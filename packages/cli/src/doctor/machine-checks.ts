import { breaks, hint, ok, type Said, unasked } from "./finding.ts";
import type { EngineFacts, Gathered } from "./gathered.ts";
import { isOlder } from "./versions.ts";

const oneDay = 86_400_000;

/** Whether this machine's engine is one that is tested. */
export function checkEngine({ engine }: Gathered): readonly Said[] {
  if (!engine.ok)
    return [
      unasked(
        "this machine",
        `its Docker engine does not answer: ${engine.reason}`,
        "set DOCKER_HOST, or ask as a user that may use its socket",
      ),
    ];
  const { version } = engine.answer;
  if (isOlder(version, "20.10.0")) return [breaks("this machine", `Docker ${version}`, "Fairway needs 20.10 or newer")];
  return [ok("this machine", `Docker ${version}`)];
}

/** What of the engine's settings keeps containers from being reached, or from staying. */
export function checkEngineSettings({ engine }: Gathered): readonly Said[] {
  if (!engine.ok) return [];
  const said = [...restoreSaid(engine.answer), ...publishSaid(engine.answer)];
  return said.length > 0 ? said : [ok("this machine", "as they should be")];
}

function restoreSaid({ isLiveRestored, isSwarm }: EngineFacts): readonly Said[] {
  if (isLiveRestored || isSwarm) return [];
  return [
    hint(
      "this machine",
      "live-restore is off: a restart of the engine ends its containers",
      'set "live-restore": true in daemon.json',
    ),
  ];
}

function publishSaid({ settings }: EngineFacts): readonly Said[] {
  if (settings === undefined) {
    return [
      unasked(
        "this machine",
        "neither dockerd's command line nor its daemon.json can be read",
        "ask on the engine's machine, as root",
      ),
    ];
  }
  const { iptables, userlandProxy } = settings;
  if (!iptables && !userlandProxy) {
    return [
      breaks(
        "this machine",
        "iptables and userland-proxy are off: no published port is reached",
        "turn one of them on",
      ),
    ];
  }
  if (!iptables)
    return [
      hint(
        "this machine",
        "iptables is off: published ports go through docker-proxy, which hides who connects",
        'remove "iptables": false',
      ),
    ];
  if (userlandProxy) return [];
  return [
    hint(
      "this machine",
      "userland-proxy is off: a proxy in a container does not reach ports that its own node publishes",
      "let it join the networks of what it serves",
    ),
  ];
}

/** Clocks matter to people who read times, and to certificates. */
export function checkClocks({ engine, nowMs, nodes, proxies, written }: Gathered): readonly Said[] {
  const ahead = [
    ...written.map(({ node, atMs }) => ({ node, byMs: atMs - nowMs, than: "this machine's" })),
    ...proxies.map(({ node, appliedAt }) => ({ node, byMs: Date.parse(appliedAt) - nowMs, than: "this machine's" })),
    // What a proxy has applied was written before.
    ...proxies.flatMap(({ node: other, appliedRevision, appliedAt }) =>
      written
        .filter(({ node, revision }) => node !== other && revision <= revisionIn(appliedRevision))
        .map(({ node, atMs }) => ({ node, byMs: atMs - Date.parse(appliedAt), than: `that of ${other}` })),
    ),
  ].filter(({ byMs }) => byMs > mostAheadMs);
  const worst = new Map(ahead.toSorted((a, b) => a.byMs - b.byMs).map((each) => [each.node, each]));
  const of = [...worst.values()].map(({ node, byMs, than }) =>
    clockSaid(node, `its clock is ${seconds(byMs)} or more ahead of ${than}`),
  );
  const own =
    engine.ok && Math.abs(engine.answer.clockMs) > mostAheadMs
      ? [clockSaid("this machine", `its engine's clock differs by ${seconds(Math.abs(engine.answer.clockMs))}`)]
      : [];
  const said = [...of, ...own];
  return said.length > 0 ? said : [ok(`${nodes.length} nodes`, "no clock is seen ahead of others")];
}

/** How much a clock may differ from others before `fairway doctor` tells of it. */
const mostAheadMs = 2000;

function clockSaid(where: string, text: string): Said {
  return hint(where, text, "let NTP (chrony, systemd-timesyncd) set the clocks of all nodes");
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

function revisionIn(text: string): bigint {
  return /^[0-9]{1,20}$/.test(text) ? BigInt(text) : 0n;
}

/** How long before its end `fairway doctor` tells of a certificate. */
const renewMs = 14 * 24 * 3600 * 1000;

/** Certificates of proxies by their records, and those that this command has for etcd. */
export function checkCertificates({ proxies, certificates, nowMs }: Gathered): readonly Said[] {
  const served = proxies.flatMap(({ name, firstCertificateEnd: first }) => {
    return first === undefined ? [] : [{ where: `${name} ${first.name}`, endsAtMs: Date.parse(first.at) }];
  });
  return [...served, ...certificates].map(({ where, endsAtMs }) => {
    const left = endsAtMs - nowMs;
    if (left <= 0) return breaks(where, `it has ended ${new Date(endsAtMs).toISOString()}`, "renew it");
    const days = Math.floor(left / oneDay);
    if (left < renewMs) return breaks(where, `it ends in ${days} days`, "renew it now");
    return ok(where, `${days} days left`);
  });
}

/** HAProxy needs a file for each connection, twice. */
export function checkFiles({ files }: Gathered): readonly Said[] {
  return files.map(({ proxy, limit, used }) => {
    const text = `${used} of ${limit} open files`;
    if (used < 0.8 * limit) return ok(proxy, text);
    return breaks(proxy, text, "raise its limit: LimitNOFILE of the unit, or ulimits: nofile of the container");
  });
}
