import { shown } from "@fairway/contract";
import { mapOf, textOf } from "../document/pairs.ts";
import type { Position } from "../document/remark.ts";
import type { Service } from "../document/service.ts";
import type { Template } from "../document/template.ts";
import { isRouted } from "./labels.ts";
import { isProxyImage } from "./proxy-image.ts";
import { readShortPort, type ShortPort } from "./short-port.ts";

/** A published port in the long form of Compose files. */
type LongPort = {
  readonly target: number;
  readonly published?: number;
  readonly protocol?: string;
  readonly mode: "host";
};

/**
 * Publishes ports of proxies, and of what they route to, on the node of each task: the routing mesh would lead the
 * client of one node to the proxy of another, and proxies to any replica in place of one.
 */
export function publishOnNodes(template: Template): void {
  for (const service of template.services()) {
    const ports = service.get("ports");
    if (!Array.isArray(ports) || !(isRouted(service) || isProxyImage(service.get("image")))) continue;
    // Said twice it is published once; of two on one node the second would have no port left.
    const all = ports.flatMap((port: unknown, index) =>
      onNode(template, service, { port, at: service.at("ports", index) }),
    );
    const long = [...new Map(all.map((port) => [JSON.stringify(port), port])).values()];
    if (JSON.stringify(long) !== JSON.stringify(ports)) service.set("ports", long);
  }
}

type GivenPort = { readonly port: unknown; readonly at: Position };

function onNode(template: Template, service: Service, { port, at }: GivenPort): readonly unknown[] {
  if (typeof port === "object") return [{ ...mapOf(port), mode: "host" }];
  const text = textOf(port);
  const short = readShortPort(text);
  if (short === undefined) {
    template.note(at, `${service.name}: port ${shown(text)} is kept as it is: write it out, with mode: host`);
    return [port];
  }
  if (short.hasIp) {
    template.note(at, `${service.name}: port ${text} is published on every address: Swarm has no choice of one`);
  }
  return longPorts(short);
}

function longPorts({ host, container, protocol }: ShortPort): readonly LongPort[] {
  return Array.from({ length: container.last - container.first + 1 }, (_, nth) => ({
    target: container.first + nth,
    ...(host === undefined ? {} : { published: host.first + nth }),
    ...(protocol === undefined ? {} : { protocol }),
    mode: "host",
  }));
}
