import { serviceIdOf } from "@fairway/contract";
import type { Listener, Origin, RenderOptions, Server } from "@fairway/haproxy";

/** Files that haproxy.cfg names. */
export type NamedFiles = Pick<
  RenderOptions,
  "greeterFile" | "listFile" | "peersSocket" | "namesFile" | "namesSocket" | "rolesSocket" | "rolesFile"
>;

/** Whose text the lines of listeners and servers carry. */
export function renderOptions(template: string, files: NamedFiles = noFiles): RenderOptions {
  return { template, bindOrigin, serverOrigin, ...files };
}

/** Where nothing is read or written. */
const noFiles: NamedFiles = {
  listFile: (port, kind) => `${port}.${kind}`,
  greeterFile: "/postgres.lua",
  peersSocket: "/peers.sock",
  rolesSocket: "/roles.sock",
  rolesFile: "roles",
  namesFile: (port, is) => `${port}.${is}`,
  namesSocket: (port) => `/${port}.sock`,
};

function bindOrigin({ settings }: Listener): Origin {
  return { services: [], settings: settings.bind.length > 0 ? ["EXTRA_BIND_SETTINGS"] : [] };
}

function serverOrigin({ name, endpoint, plain }: Server): Origin {
  const services = plain === undefined ? [] : [serviceIdOf(endpoint)];
  return { services, settings: ["HEALTH_CHECK", "EXTRA_ROUTE_SETTINGS"], server: name };
}
