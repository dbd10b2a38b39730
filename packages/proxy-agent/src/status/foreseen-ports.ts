import { overlaps } from "@fairway/contract";
import type { Listener } from "@fairway/haproxy";
import type { EndpointRejection, ListenerFacts } from "../desired/desired.ts";
import { ownHostPorts } from "../desired/own-host-ports.ts";
import type { RegistryCache } from "../registry/cache.ts";

/** Why a proxy could not begin to listen, as a container of its node has the port; undefined: none has it. */
export function portPublished(
  { port, settings }: Pick<Listener, "port" | "settings">,
  cache: RegistryCache,
  facts: ListenerFacts,
): EndpointRejection | undefined {
  const held = ownHostPorts(cache, port, facts);
  const found = held.find(({ ip }) => settings.addresses.some((address) => overlaps(ip, address)));
  if (found === undefined) return undefined;
  const reason = `port ${port} is for container ${found.container12} of this node, which publishes it or serves it in the host's network: connect to the container there, or give one of them another port`;
  return { code: "port-published", key: `port_${port}`, reason };
}
