import type { PlacedEndpoint } from "../subscription/seen.ts";
import type { EndpointRejection, Server } from "./desired.ts";
import { byText } from "./sorting.ts";

/** An endpoint that is served, and as which server. */
export type Candidate = { readonly placed: PlacedEndpoint; readonly server: Server };

/**
 * One server for each address and port, sorted by name. Of two endpoints with the same address the living one is
 * served, then the ready one, then the older service's; the others are told, unless they only await their end.
 */
export function distinctServers(candidates: readonly Candidate[]): {
  readonly servers: readonly Server[];
  readonly rejections: readonly EndpointRejection[];
} {
  const best = new Map<string, Candidate>();
  const rivals: Candidate[] = [];
  for (const each of candidates) {
    const rival = best.get(addressOf(each));
    if (rival) rivals.push(each, rival);
    if (!rival || precedence(each, rival) < 0) best.set(addressOf(each), each);
  }
  const losers = new Set(rivals.filter((each) => best.get(addressOf(each)) !== each));
  return {
    servers: sortedByName([...best.values()].map(({ server }) => server)),
    rejections: [...losers].flatMap((each) => addressTaken(each, best.get(addressOf(each)))),
  };
}

/** The default order of texts is that of code units, and much faster than any function of ours. */
function sortedByName(servers: readonly Server[]): readonly Server[] {
  const byName = new Map(servers.map((server) => [server.name, server]));
  return [...byName.keys()].sort().flatMap((name) => byName.get(name) ?? []);
}

function addressOf({ server }: Candidate): string {
  return `${server.ip} ${server.port}`;
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
