import type { PlacedEndpoint } from "../subscription/seen.ts";
import type { EndpointRejection, Server } from "./desired.ts";
import { byText, byTextOf } from "./sorting.ts";

/** An endpoint that can be served, and its server: undefined while it starts. */
export type Candidate = { readonly placed: PlacedEndpoint; readonly server: Server | undefined };

type Serving = { readonly placed: PlacedEndpoint; readonly server: Server };

/**
 * One server for each address and port, sorted by name. Of two endpoints with the same address the living one is
 * served, then the ready one, then the older service's; the others are told, unless they only await their end.
 */
export function distinctServers(candidates: readonly Candidate[]): {
  readonly servers: readonly Server[];
  readonly rejections: readonly EndpointRejection[];
} {
  const serving = candidates.filter((candidate): candidate is Serving => candidate.server !== undefined);
  const best = new Map<string, Serving>();
  for (const each of serving) {
    const rival = best.get(addressOf(each));
    if (rival === undefined || precedence(each, rival) < 0) best.set(addressOf(each), each);
  }
  const servers = [...best.values()].map(({ server }) => server).sort(byTextOf(({ name }) => name));
  return { servers, rejections: serving.flatMap((each) => addressTaken(each, best.get(addressOf(each)))) };
}

function addressOf({ server }: Serving): string {
  return `${server.ip} ${server.port}`;
}

function precedence(a: Serving, b: Serving): number {
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

function addressTaken(each: Serving, winner: Serving | undefined): readonly EndpointRejection[] {
  if (winner === undefined || winner === each || !each.placed.isLiving) return [];
  const { container, key } = each.placed.endpoint;
  const address = `${each.server.ip}:${each.server.port}`;
  const reason = `${container}: ${address} is already served for ${winner.placed.endpoint.key}`;
  return [{ code: "address-taken", key, reason }];
}
