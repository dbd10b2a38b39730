import { byText, cutSentence, encode, ordinaryProxies, type ProxyRecord } from "@fairway/contract";
import type { EndpointRejection } from "../desired/desired.ts";
import { rulesOf } from "./proxy-rules.ts";
import { allRejections, servedListeners, serverCounts, type AgentState } from "./agent-state.ts";

/** Rejections that the record shows in full; all are counted. */
const mostShown = 10;

/**
 * `proxies/<node>/<proxy>`: counts, not lists. Rejections that the record before showed are shown as long as they last:
 * newer ones take the places that become free.
 */
export function proxyRecord(state: AgentState, before?: ProxyRecord): ProxyRecord {
  const { version, scope, balancer, vantage, haproxy, lastError, api } = state;
  const rejections = allRejections(state);
  const rules = rulesOf(state.facts);
  const [first] = state.certificateEnds.toSorted(([, a], [, b]) => a - b);
  return {
    v: 1,
    version,
    scope: [...scope],
    ...(balancer === ordinaryProxies ? {} : { balancer }),
    vantage: { node: vantage.node, kind: vantage.kind, networks: vantage.networks.map((network) => ({ ...network })) },
    appliedRevision: state.appliedRevision.toString(),
    appliedAt: state.appliedAt,
    listeners: servedListeners(state).length,
    servers: serverCounts(state),
    rejections: {
      count: rejections.length,
      codes: countCodes(rejections),
      first: oldest(rejections, before?.rejections.first ?? []).map(({ code, key, reason }) => {
        return { code, key, reason: cutSentence(reason) };
      }),
    },
    haproxy: { version: haproxy?.version ?? "", pid: haproxy?.pid ?? 0 },
    lastError: lastError ?? null,
    ...(api && { api }),
    ...(rules && { rules }),
    ...(first && { firstCertificateEnd: { name: first[0], at: new Date(first[1]).toISOString() } }),
  };
}

function countCodes(rejections: readonly EndpointRejection[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { code } of rejections) counts.set(code, (counts.get(code) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => byText(a, b)));
}

/**
 * Those that were shown before come first, then others. What `why` finds out from the vantage alone gives way: there may be
 * thousands of it.
 */
function oldest(
  rejections: readonly EndpointRejection[],
  shownBefore: ProxyRecord["rejections"]["first"],
): readonly EndpointRejection[] {
  const nameOf = ({ code, key }: Pick<EndpointRejection, "code" | "key">) => `${code} ${key}`;
  const known = new Set(shownBefore.map(nameOf));
  const ranks: EndpointRejection[][] = [[], [], [], []];
  for (const each of rejections) {
    const rank = (each.code === "unreachable" ? 2 : 0) + (known.has(nameOf(each)) ? 0 : 1);
    ranks[rank]?.push(each);
  }
  return ranks.flat().slice(0, mostShown);
}

/** True when a record shows something else than the one before; what was applied last, and when, does not count. */
export function isChanged(before: ProxyRecord | undefined, now: ProxyRecord): boolean {
  return before === undefined || lasting(before) !== lasting(now);
}

function lasting(record: ProxyRecord): string {
  const same: ProxyRecord = { ...record, appliedRevision: "", appliedAt: "" };
  return encode(same);
}
