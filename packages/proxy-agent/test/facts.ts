import type { ListenerFacts } from "../src/desired/listener-facts.ts";
import type { Desired } from "../src/desired/desired.ts";
import { desiredConfig } from "../src/desired/desired-config.ts";
import type { ProxySettings } from "../src/config/sections.ts";
import { sectionsOf } from "../src/config/sections.ts";
import { View } from "../src/registry/view.ts";
import type { Given } from "./given.ts";

/** A proxy in the namespace of node-1 that may open any port. */
export const facts: ListenerFacts = {
  vantage: { kind: "node", node: "node-1", networks: [] },
  ports: { allowed: [{ first: 1, last: 65535 }], reserved: [{ port: 1936, setting: "STATS_PORT" }] },
  addresses: ["0.0.0.0"],
  bindOptions: new Map(),
  serverOptions: ["check"],
};

export const proxySettings: ProxySettings = {
  mode: "tcp",
  balance: "roundrobin",
  options: [],
  timeouts: [],
  maxconn: 4096,
  extraGlobal: [],
  extraDefaults: [],
  rsyslogDestination: "127.0.0.1",
  statsPort: 1936,
  statsAuth: undefined,
  reloadTimeoutS: 0,
  socket: "/var/lib/fairway/haproxy.sock",
  addresses: ["0.0.0.0"],
};

export const { sections } = sectionsOf(proxySettings, () => true);

/** What a proxy holds that has just listed these records. */
export function desiredOf(records: Given, changed: Partial<ListenerFacts> = {}): Desired {
  const view = new View();
  view.fold(records.listed(), 0);
  const slices = [...view.endpoints.ports()].map((port) => view.slice(port));
  return desiredConfig(slices, { ...facts, ...changed }, sections);
}
