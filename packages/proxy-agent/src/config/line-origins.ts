import { serviceIdOf } from "@fairway/contract";
import type { Listener, Origin, RenderOptions, Server } from "@fairway/haproxy";

/** Whose text the lines of listeners and servers carry. */
export function renderOptions(template: string, listFile: RenderOptions["listFile"] = noFile): RenderOptions {
  return { template, bindOrigin, serverOrigin, listFile };
}

/** Where there are no lists. */
function noFile(port: number, kind: string): string {
  return `${port}.${kind}`;
}

function bindOrigin({ settings }: Listener): Origin {
  return { services: [], settings: settings.bind.length > 0 ? ["EXTRA_BIND_SETTINGS"] : [] };
}

function serverOrigin({ name, endpoint, plain }: Server): Origin {
  const services = plain === undefined ? [] : [serviceIdOf(endpoint)];
  return { services, settings: ["HEALTH_CHECK", "EXTRA_ROUTE_SETTINGS"], server: name };
}
