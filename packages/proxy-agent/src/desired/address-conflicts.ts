import type { CachedEndpoint } from "../registry/cache.ts";
import type { EndpointRejection } from "./desired.ts";
import type { Server } from "@fairway/haproxy";
import { byText } from "@fairway/contract";
import { byAge, type PortHolder } from "../registry/port-holder.ts";

/** An endpoint that is served, for whom, as which server and at which address (`ip port`). */
export type Candidate = {
  readonly cached: CachedEndpoint;
  readonly holder: PortHolder | undefined;
  readonly server: Server;
  readonly address: string;
};

/**
 * Of endpoints with the same address and port the living one is served, then the ready one, then that of the older
 * claim, then the first by key. Undefined: there are none.
 */
export function winnerOf(candidates: readonly Candidate[]): Candidate | undefined {
  const [first, ...others] = candidates;
  return others.reduce((best, each) => (best && byRight(each, best) < 0 ? each : best), first);
}

/** Of an endpoint that is served, though another node offers its address too. */
export const addressShared = "address-shared";

/**
 * Rejections of the others, except of those that the registry no longer has. Where one of them is another node's the
 * winner is told too: only one of the two nodes can have that address.
 */
export function rejectLosers(winner: Candidate, candidates: readonly Candidate[]): readonly EndpointRejection[] {
  const losers = candidates.filter((each) => each !== winner && each.cached.isLiving);
  const rejections = losers.map(({ cached: { endpoint }, server }) => {
    const { container, key } = endpoint;
    const address = `${server.ip}:${server.port}`;
    const reason = `${container}: ${address} is already served for ${winner.cached.endpoint.key}`;
    return { code: "address-taken", key, reason };
  });
  const { endpoint } = winner.cached;
  const rivals = losers.filter(({ cached }) => cached.endpoint.at.node !== endpoint.at.node);
  const [rival] = rivals.toSorted((a, b) => byText(a.cached.endpoint.key, b.cached.endpoint.key));
  return rival ? [...rejections, sharedWith(rival, winner)] : rejections;
}

function sharedWith(rival: Candidate, { cached: { endpoint }, server }: Candidate): EndpointRejection {
  const { key, at } = rival.cached.endpoint;
  const nodes = `node ${at.node} offers that address too, for ${key}: give each node its own NODE_ADDRESS`;
  const reason = `${endpoint.container}: served at ${server.ip}:${server.port} of node ${endpoint.at.node}, but ${nodes}`;
  return { code: addressShared, key: endpoint.key, reason };
}

/** Who is served of two: see {@link winnerOf}. */
function byRight(a: Candidate, b: Candidate): number {
  if (a.cached.isLiving !== b.cached.isLiving) return a.cached.isLiving ? -1 : 1;
  if (a.server.admin !== b.server.admin) return a.server.admin === "ready" ? -1 : 1;
  const order = a.holder && b.holder ? byAge(a.holder, b.holder) : 0;
  return order || byText(a.cached.endpoint.key, b.cached.endpoint.key);
}
