import {
  decode,
  drainKey,
  drainsPrefix,
  endpointsPrefix,
  holderName,
  type NodeRecord,
  nodeRecordSchema,
  nodesPrefix,
  parseEndpointKey,
  parseNodeKey,
  type ProxyRecord,
  shown,
  wholeNode,
} from "@fairway/contract";
import { isProxyHint, type Known, rejectionSentence, withoutName } from "@fairway/proxy-agent";
import { claimUses, type PortUse, portUses, readOnce, type Stored } from "@fairway/registry";
import { idOf } from "./container-rows.ts";
import type { NodeRow, PortRow, ProxyRow, RejectionRow } from "./rows.ts";

/** Each front port once, with its owner on a proxy that is told nothing else, and whom it is refused to. */
export function portRows(stored: readonly Stored[]): readonly PortRow[] {
  return [...portUses(claimUses(stored))].map(([name, use]) => portRow(name, use));
}

function portRow(name: string, { owner: { claim, claimedAt, endpoints }, others }: PortUse): PortRow {
  const holders = (isShared: boolean) =>
    others.filter((each) => each.isShared === isShared).map((each) => shown(holderName(each.claim)));
  return {
    id: name,
    name: shown(name),
    tone: endpoints === 0 ? "waiting" : "good",
    owner: shown(holderName(claim)),
    endpoints,
    sharedWith: holders(true),
    refusedTo: holders(false),
    claimedAt: shown(claimedAt ?? ""),
  };
}

/** The nodes whose registrars are connected with the registry. */
export function nodeRows(known: Known, stored: readonly Stored[]): readonly NodeRow[] {
  const drains = new Set(stored.map(({ key }) => key).filter((key) => key.startsWith(drainsPrefix)));
  const counts = new Map<string, number>();
  for (const { at } of known.endpoints) counts.set(at.node, (counts.get(at.node) ?? 0) + 1);
  const nodes = stored.filter(({ key }) => key.startsWith(nodesPrefix)).flatMap(nodeIn);
  return nodes.map(({ node, record: { address, zone, synced, version } }) => ({
    id: node,
    name: shown(node),
    tone: synced ? "good" : "waiting",
    address: shown(address),
    zone: shown(zone),
    endpoints: counts.get(node) ?? 0,
    isSynced: synced,
    isDrained: drains.has(drainKey({ node, container12: wholeNode })),
    version: shown(version),
  }));
}

const nodeIn = readOnce(({ key, value }): readonly { readonly node: string; readonly record: NodeRecord }[] => {
  const node = parseNodeKey(key);
  const decoded = decode(nodeRecordSchema, value);
  return node === undefined || !decoded.ok ? [] : [{ node, record: decoded.record }];
});

/** The proxies as their agents tell of them. */
export function proxyRows({ proxies }: Known): readonly ProxyRow[] {
  return proxies.map(({ name, record }) => {
    const { scope, balancer, listeners, servers, appliedRevision, appliedAt, lastError } = record;
    return {
      id: name,
      name: shown(name),
      tone: lastError === null ? "good" : "broken",
      scope: balancer === undefined ? scope.map(shown).join(", ") : `load balancer ${shown(balancer)}`,
      listeners,
      ready: servers.ready,
      servers: servers.ready + servers.drain + servers.maint,
      revision: shown(appliedRevision),
      appliedAt: shown(appliedAt),
      haproxy: shown(record.haproxy.version),
      error: shown(lastError ?? ""),
    };
  });
}

/** What registrars refuse or hint at, and what proxies refuse, as far as their records tell. */
export function rejectionRows(known: Known): readonly RejectionRow[] {
  return numbered([...ofRegistrars(known), ...ofProxies(known)]);
}

function ofRegistrars({ refusals }: Known): readonly RejectionRow[] {
  return refusals.flatMap((each) =>
    each.record.rejections.map((rejection): RejectionRow => {
      const { severity, code } = rejection;
      return {
        id: `${idOf(each)} ${code}`,
        container: idOf(each),
        tone: severity === "refused" ? "broken" : "quiet",
        by: `registrar ${shown(each.node)}`,
        proxies: [],
        what: shown(each.record.container.name),
        service: shown(`${each.record.project}/${each.record.service}`),
        code: shown(code),
        reason: rejectionSentence(rejection),
      };
    }),
  );
}

/** What several proxies refuse in the same words is told once. */
function ofProxies({ proxies, endpoints }: Known): readonly RejectionRow[] {
  const containers = new Map(endpoints.map(({ key, container }) => [key, container]));
  const by = new Map<string, ProxyRejection & { readonly names: string[] }>();
  for (const { name, record } of proxies) {
    for (const rejection of record.rejections.first) {
      const id = `${rejection.key} ${rejection.code} ${rejection.reason}`;
      const told = by.get(id);
      if (told === undefined) by.set(id, { ...rejection, names: [name] });
      else told.names.push(name);
    }
  }
  return [...by].map(([id, { key, code, reason, names }]): RejectionRow => {
    const endpoint = key.startsWith(endpointsPrefix) ? parseEndpointKey(key) : undefined;
    const what = shown(containers.get(key) ?? key);
    return {
      id,
      container: endpoint === undefined ? "" : idOf(endpoint),
      tone: isProxyHint(code) ? "quiet" : "broken",
      by: names.length > mostNamed ? `${names.length} proxies` : `proxy ${names.map(shown).join(", ")}`,
      proxies: names.map(shown),
      what,
      service: endpoint === undefined ? "" : shown(`${endpoint.project}/${endpoint.service}`),
      code: shown(code),
      reason: withoutName(shown(reason), what),
    };
  });
}

type ProxyRejection = ProxyRecord["rejections"]["first"][number];

/** Of so many proxies each is named that refuse something. */
const mostNamed = 3;

/** Of one container several things may be refused for one reason: each is a row with a name of its own. */
function numbered(rows: readonly RejectionRow[]): readonly RejectionRow[] {
  const counts = new Map<string, number>();
  return rows.map((row) => {
    const count = counts.get(row.id) ?? 0;
    counts.set(row.id, count + 1);
    return count === 0 ? row : { ...row, id: `${row.id} ${count}` };
  });
}
