import { z } from "zod";
import type { PublishedPort } from "./container.ts";

const bindingsSchema = z.array(z.object({ HostIp: z.string().nullish(), HostPort: z.string() }));

/** Reads `NetworkSettings.Ports` of an inspect answer: the TCP ports that are published; what is odd is left out. */
export function readPublished(ports: Readonly<Record<string, unknown>>): readonly PublishedPort[] {
  return Object.entries(ports).flatMap(([name, value]) => {
    const containerPort = Number(/^([0-9]+)\/tcp$/.exec(name)?.[1]);
    const bindings = bindingsSchema.safeParse(value);
    if (Number.isNaN(containerPort) || !bindings.success) return [];
    return bindings.data.flatMap(({ HostIp, HostPort }) => {
      const hostPort = Number(HostPort);
      return hostPort >= 1 && hostPort <= 65535 ? [{ containerPort, hostIp: HostIp || "0.0.0.0", hostPort }] : [];
    });
  });
}
