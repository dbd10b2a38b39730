import { serviceIdOf } from "@fairway/contract";
import type { Listener, Origin, RenderOptions, Server } from "@fairway/haproxy";

/** Whose text the lines of listeners and servers carry. */
export function renderOptions(template: string): RenderOptions {
  return { template, bindOrigin, serverOrigin };
}

function bindOrigin({ services, settings }: Listener): Origin {
  return { services, settings: settings.bind.length > 0 ? ["EXTRA_BIND_SETTINGS"] : [] };
}

function serverOrigin({ endpoint }: Server): Origin {
  return { services: [serviceIdOf(endpoint)], settings: ["HEALTH_CHECK", "EXTRA_ROUTE_SETTINGS"] };
}
