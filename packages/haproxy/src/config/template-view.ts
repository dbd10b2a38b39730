import type { Configuration, Line, Listener, Origin, Server } from "./configuration.ts";
import { serviceIdOf } from "@fairway/contract";
import { sectionName } from "../runtime/command-line.ts";
import { lazily } from "./pieces.ts";
import { bindText } from "./lines.ts";

/** What the template sees: texts that are whole lines but for their indentation. */
export type TemplateView = {
  readonly global: readonly string[];
  readonly defaults: readonly string[];
  readonly stats: readonly string[];
  readonly listeners: Iterable<ListenerView>;
};

export type ListenerView = {
  readonly name: string;
  readonly port: number;
  readonly binds: readonly string[];
  readonly lines: readonly string[];
  readonly servers: Iterable<string>;
};

/** Makes the text of a line, given whose text it carries. */
export type Mark = (line: Line) => string;

export function templateView({ sections, listeners }: Configuration, mark: Mark): TemplateView {
  return {
    global: sections.global.map(mark),
    defaults: sections.defaults.map(mark),
    stats: sections.stats.map(mark),
    listeners: lazily(listeners, (listener) => listenerView(listener, mark)),
  };
}

function listenerView({ port, services, settings, servers }: Listener, mark: Mark): ListenerView {
  const bindFrom = { services, settings: settings.bind.length > 0 ? ["EXTRA_BIND_SETTINGS"] : [] };
  const binds = settings.addresses.map((address) => [bindText(address, port), ...settings.bind].join(" "));
  return {
    name: sectionName(port),
    port,
    binds: binds.map((text) => mark({ text, from: bindFrom })),
    lines: settings.lines.map(mark),
    servers: lazily(servers, (server) => mark({ text: serverLine(server), from: serverOrigin(server) })),
  };
}

/** A `server` line. A drained server has weight 0 and not `disabled`, which would be maint: established connections stay. */
function serverLine({ name, ip, port, options, admin }: Server): string {
  const address = ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
  return ["server", name, address, ...options, ...(admin === "drain" ? ["weight 0"] : [])].join(" ");
}

function serverOrigin({ endpoint }: Server): Origin {
  return { services: [serviceIdOf(endpoint)], settings: ["HEALTH_CHECK", "EXTRA_ROUTE_SETTINGS"] };
}
