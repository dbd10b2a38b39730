import { frontOf, ordinaryProxies, shown } from "@fairway/contract";
import type { Status } from "@fairway/program";
import { reach } from "../desired/reach.ts";
import { portClaimKey, holderWords } from "../registry/holder.ts";
import { listText, type Listener, type Origin, type Server } from "@fairway/haproxy";
import { allRejections, serverCounts, waitingForReload, type AgentState } from "./agent-state.ts";

/** Everything, for `/status`: which endpoint stands behind which server and why, and what is not served. */
export function statusOf(state: AgentState): Status {
  const { cache, desired, refusals } = state;
  return {
    version: state.version,
    proxy: state.proxy,
    node: { name: state.node.node, namedBy: state.node.nodeNamedBy },
    addon: state.addon ?? null,
    vantage: state.vantage,
    scope: state.scope,
    balancer: state.balancer === ordinaryProxies ? null : state.balancer,
    registry: { connected: cache.isConnected, complete: cache.isComplete, revision: cache.revision.toString() },
    applied: { revision: state.appliedRevision.toString(), at: state.appliedAt },
    haproxy: state.haproxy,
    lastError: state.lastError ?? null,
    endpoints: cache.endpoints.size,
    servers: serverCounts(state),
    listeners: (desired?.listeners ?? []).map((listener) => listenerStatus(state, listener)),
    operatorSettings: cache.operatorSettings,
    refusedListeners: refusals,
    orphans: [...cache.missing.values()].map((each) => ({ ...each, since: new Date(each.since).toISOString() })),
    waiting: [...waiting(state), ...waitingForClaims(state), ...waitingForReload(state)],
    rejections: allRejections(state),
    unreadable: [...cache.unreadable.values()],
    notes: state.notes,
  };
}

/** Endpoints that take no traffic yet, and what they wait for. */
function waiting({ cache }: AgentState) {
  const starting = [...cache.endpoints.values()].filter(({ state }) => state === "starting");
  return starting.map(({ key, container, at }) => {
    const until = `until port ${at.port} accepts a connection, its health check passes, or READY_TIMEOUT is over`;
    return { key, reason: `${container}: starting, ${until}` };
  });
}

/** Whose endpoints wait for a claim on their front port. */
function waitingForClaims({ cache, balancer }: AgentState) {
  return cache.awaitedHolders().map((holder) => {
    const reason = `port ${shown(String(frontOf(holder)))}: no claim of ${holderWords(holder)} is in view yet; without one it is served after 3 s, if nobody else claims the port`;
    return { key: portClaimKey(balancer, holder), reason };
  });
}

function listenerStatus(state: AgentState, { port, name, names, services, settings, servers }: Listener) {
  const refusal = state.refusals.find(({ listener }) => listener === port);
  return {
    port,
    ...(name !== undefined && { name }),
    ...(names !== undefined && { names: names.routes.map((each) => each.name) }),
    owner: state.ownerOf(frontOf({ port, name })) ?? null,
    services,
    addresses: settings.addresses,
    settings: [
      ...(settings.lists ?? []).map((list) => toldSetting(listText(list), list.from)),
      ...(settings.lines ?? []).map(({ text, from }) => toldSetting(text, from)),
    ],
    refused: refusal ?? null,
    servers: servers.map((server) => serverStatus(state, server)),
  };
}

function toldSetting(line: string, { settings, services }: Origin) {
  return { line, by: settings, of: services };
}

function serverStatus({ cache, vantage, facts: { here } }: AgentState, { name, endpoint, ip, port, admin }: Server) {
  const seen = cache.endpoints.get(endpoint);
  const reached = seen && reach(seen, vantage, { nodeAddress: cache.nodeAddress(seen.at.node), here });
  return {
    name,
    endpoint,
    container: seen?.container ?? null,
    address: `${ip}:${port}`,
    admin,
    via: reached?.ok ? reached.via : null,
    why: reached?.ok ? reached.why : null,
    state: seen?.state ?? null,
    drained: seen?.drained === true,
    absent: cache.missing.get(endpoint)?.state ?? null,
  };
}
