import type { PlacedEndpoint } from "../subscription/seen.ts";
import type { EndpointRejection, Server } from "./desired.ts";
import { sortServers } from "./sort-servers.ts";
import { byText } from "./sorting.ts";

/** An endpoint that is served, as which server and at which address (`ip port`). */
export type Candidate = { readonly placed: PlacedEndpoint; readonly server: Server; readonly place: string };

export type DistinctServers = {
  readonly servers: readonly Server[];
  readonly rejections: readonly EndpointRejection[];
};

/**
 * One server for each address and port, sorted by name. Of two endpoints with the same address the living one is
 * served, then the ready one, then the older service's; the others are told, unless they only await their end.
 * `before` are the servers of an earlier answer: they only make this one quicker.
 */
export function distinctServers(candidates: readonly Candidate[], before?: readonly Server[]): DistinctServers {
  const best = new Map<string, Candidate>();
  const rivals: Candidate[] = [];
  for (const each of candidates) {
    const rival = best.get(each.place);
    if (rival) rivals.push(each, rival);
    if (!rival || precedence(each, rival) < 0) best.set(each.place, each);
  }
  const losers = new Set(rivals.filter((each) => best.get(each.place) !== each));
  return {
    servers: sortServers(
      Array.from(best.values(), ({ server }) => server),
      before,
    ),
    rejections: [...losers].flatMap((each) => addressTaken(each, best.get(each.place))),
  };
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

function addressTaken(each: Candidate, winner: Candidate | undefined): readonly EndpointRejection[] {
  if (winner === undefined || !each.placed.isLiving) return [];
  const { container, key } = each.placed.endpoint;
  const address = `${each.server.ip}:${each.server.port}`;
  const reason = `${container}: ${address} is already served for ${winner.placed.endpoint.key}`;
  return [{ code: "address-taken", key, reason }];
}
