import type { Status } from "@fairway/program";
import { reach } from "../desired/reach.ts";
import type { Listener, Server } from "@fairway/haproxy";
import { allRejections, serverCounts, type Picture } from "./picture.ts";

/** Everything, for `/status`: which endpoint stands behind which server and why, and what is not served. */
export function statusOf(picture: Picture): Status {
  const { view, desired, refusals } = picture;
  return {
    version: picture.version,
    proxy: picture.proxy,
    addon: picture.addon ?? null,
    vantage: picture.vantage,
    scope: picture.scope,
    registry: { connected: view.isConnected, complete: view.isComplete, revision: view.revision.toString() },
    applied: { revision: picture.appliedRevision.toString(), at: picture.appliedAt },
    haproxy: picture.haproxy,
    lastError: picture.lastError ?? null,
    endpoints: view.endpoints.size,
    servers: serverCounts(picture),
    listeners: (desired?.listeners ?? []).map((listener) => listenerStatus(picture, listener)),
    refusedListeners: refusals,
    orphans: [...view.absences.values()].map((absence) => ({
      ...absence,
      since: new Date(absence.since).toISOString(),
    })),
    waiting: waiting(picture),
    rejections: allRejections(picture),
    unreadable: [...view.unreadable.values()],
    notes: picture.notes,
  };
}

/** Endpoints that take no traffic yet, and what they wait for. */
function waiting({ view }: Picture) {
  const starting = [...view.endpoints.values()].filter(({ state }) => state === "starting");
  return starting.map(({ key, container, at }) => {
    const until = `until port ${at.port} accepts a connection, its health check passes, or READY_TIMEOUT is over`;
    return { key, reason: `${container}: starting, ${until}` };
  });
}

function listenerStatus(picture: Picture, { port, services, settings, servers }: Listener) {
  const refusal = picture.refusals.find(({ listener }) => listener === port);
  return {
    port,
    services,
    addresses: settings.addresses,
    refused: refusal ?? null,
    servers: servers.map((server) => serverStatus(picture, server)),
  };
}

function serverStatus({ view, vantage }: Picture, { name, endpoint, ip, port, admin }: Server) {
  const seen = view.endpoints.get(endpoint);
  const reached = seen && reach(seen, vantage);
  return {
    name,
    endpoint,
    container: seen?.container ?? null,
    address: `${ip}:${port}`,
    admin,
    via: reached?.ok ? reached.via : null,
    why: reached?.ok ? reached.why : null,
    state: seen?.state ?? null,
    absent: view.absences.get(endpoint)?.state ?? null,
  };
}
