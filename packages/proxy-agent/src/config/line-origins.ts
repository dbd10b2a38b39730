import { serviceIdOf } from "@fairway/contract";
import type { Listener, Origin, RenderOptions, Server } from "@fairway/haproxy";

/** Files that haproxy.cfg names. */
export type NamedFiles = Pick<RenderOptions, "listFile" | "peersSocket">;

/** Whose text the lines of listeners and servers carry. */
export function renderOptions(template: string, { listFile, peersSocket }: NamedFiles = noFiles): RenderOptions {
  return { template, bindOrigin, serverOrigin, listFile, peersSocket };
}

/** Where nothing is read or written. */
const noFiles: NamedFiles = { listFile: (port, kind) => `${port}.${kind}`, peersSocket: "/peers.sock" };

function bindOrigin({ settings }: Listener): Origin {
  return { services: [], settings: settings.bind.length > 0 ? ["EXTRA_BIND_SETTINGS"] : [] };
}

function serverOrigin({ name, endpoint, plain }: Server): Origin {
  const services = plain === undefined ? [] : [serviceIdOf(endpoint)];
  return { services, settings: ["HEALTH_CHECK", "EXTRA_ROUTE_SETTINGS"], server: name };
}
