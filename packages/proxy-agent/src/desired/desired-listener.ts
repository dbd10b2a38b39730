import type { ListenerSlice } from "../subscription/seen.ts";
import type { EndpointRejection, Listener, ListenerSettings } from "./desired.ts";
import { distinctServers, type Candidate } from "./distinct-servers.ts";
import { judgeEndpoint, type Judge } from "./judge-endpoint.ts";
import type { ListenerFacts } from "./listener-facts.ts";
import { inOrder } from "./sorting.ts";

/** One listener, if anything can be served on its port, and what is refused there. */
export type ListenerOutcome = {
  readonly listener: Listener | undefined;
  /** Sorted. */
  readonly rejections: readonly EndpointRejection[];
};

/** What is known from before: it makes the answer quicker, never another one. */
export type Known = {
  readonly judge?: Judge;
  /** The listener as it was decided last. */
  readonly before?: Listener | undefined;
};

/**
 * The listener of one front port, from the endpoints behind it alone. Several services on one port share it.
 * It exists as soon as one endpoint can be reached, even if that one takes no traffic yet.
 */
export function desiredListener(
  { port, endpoints }: ListenerSlice,
  facts: ListenerFacts,
  { judge = (endpoint) => judgeEndpoint(endpoint, port, facts), before }: Known = {},
): ListenerOutcome {
  const candidates: Candidate[] = [];
  const refusals: EndpointRejection[] = [];
  const services = new Set<string>();
  for (const placed of endpoints) {
    const { isServable, server, place, rejections: told } = judge(placed.endpoint, port);
    if (told.length > 0) refusals.push(...told);
    if (isServable) services.add(placed.endpoint.service);
    if (server) candidates.push({ placed, server, place });
  }
  const { servers, rejections } = distinctServers(candidates, before?.servers);
  const settings = listenerSettings(port, facts);
  return {
    listener: services.size === 0 ? undefined : { port, ssl: false, services: [...services].sort(), settings, servers },
    rejections: [...refusals, ...rejections].sort(inOrder),
  };
}

/** What the section of a port holds beside its servers. */
export function listenerSettings(port: number, facts: ListenerFacts): ListenerSettings {
  return { addresses: facts.addresses, bind: facts.bindOptions.get(port) ?? [], lines: [] };
}
