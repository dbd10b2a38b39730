import type { PlacedEndpoint } from "../registry/seen.ts";
import type { EndpointRejection } from "./desired.ts";
import type { Server } from "@fairway/haproxy";
import { byText } from "@fairway/contract";

/** An endpoint that is served, as which server and at which address (`ip port`). */
export type Candidate = { readonly placed: PlacedEndpoint; readonly server: Server; readonly place: string };

/**
 * Of endpoints with the same address and port the living one is served, then the ready one, then the older service's.
 * Undefined: there are none.
 */
export function winnerOf(candidates: readonly Candidate[]): Candidate | undefined {
  const [first, ...others] = candidates;
  return others.reduce((best, each) => (best && precedence(each, best) < 0 ? each : best), first);
}

/** What the others are told, unless they only await their end. */
export function lostTo(winner: Candidate, candidates: readonly Candidate[]): readonly EndpointRejection[] {
  const losers = candidates.filter((each) => each !== winner && each.placed.isLiving);
  return losers.map(({ placed: { endpoint }, server }) => {
    const { container, key } = endpoint;
    const address = `${server.ip}:${server.port}`;
    const reason = `${container}: ${address} is already served for ${winner.placed.endpoint.key}`;
    return { code: "address-taken", key, reason };
  });
}

function precedence(a: Candidate, b: Candidate): number {
  if (a.placed.isLiving !== b.placed.isLiving) return a.placed.isLiving ? -1 : 1;
  if (a.server.admin !== b.server.admin) return a.server.admin === "ready" ? -1 : 1;
  return byAge(a.placed.age, b.placed.age) || byText(a.placed.endpoint.key, b.placed.endpoint.key);
}

/** Orders service ages, oldest first; an unknown age is the youngest. */
function byAge(a: bigint | undefined, b: bigint | undefined): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? 1 : -1;
  return a < b ? -1 : 1;
}
