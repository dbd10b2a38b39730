import { listenerSettings } from "../desired/listener-facts.ts";
import type { ListenerFacts } from "../desired/listener-facts.ts";
import type { Desired } from "../desired/desired.ts";
import type { Listener, Sections, Server } from "@fairway/haproxy";

/** A documentation address (RFC 5737): nothing is sent to it, the configuration is only judged. */
const sampleIp = "192.0.2.1";

/**
 * A configuration that carries all of the operator's text: a listener for each port of EXTRA_BIND_SETTINGS, and a
 * server. What HAProxy refuses of it is the operator's, before any container is known.
 */
export function operatorSample(facts: ListenerFacts, sections: Sections): Desired {
  const ports = facts.bindOptions.size > 0 ? [...facts.bindOptions.keys()] : [1];
  const listeners = ports.sort((a, b) => a - b).map((port) => sampleListener(port, facts));
  return { sections, listeners, rejections: [] };
}

function sampleListener(port: number, facts: ListenerFacts): Listener {
  const server: Server = {
    name: "sample",
    ip: sampleIp,
    port: 1,
    admin: "ready",
    options: facts.serverOptions,
    endpoint: "",
  };
  return { port, ssl: false, services: [], settings: listenerSettings(port, facts), servers: [server] };
}
