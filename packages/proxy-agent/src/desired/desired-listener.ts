import type { ListenerSlice, PlacedEndpoint } from "../subscription/seen.ts";
import type { EndpointRejection, Listener, ListenerSettings, Server } from "./desired.ts";
import { distinctServers, type Candidate } from "./distinct-servers.ts";
import { reach } from "./reach.ts";
import { refusePort, type PortRules } from "./reserved-ports.ts";
import { serviceIdOf } from "./service-id.ts";
import { serverOf } from "./server.ts";
import { byText, byTextOf } from "./sorting.ts";
import type { Vantage } from "./vantage.ts";

/** What listeners are made of beside the registry's records: constant while the agent runs. */
export type ListenerFacts = {
  readonly vantage: Vantage;
  readonly ports: PortRules;
  /** Local addresses of every listener, as in {@link ListenerSettings}. */
  readonly addresses: readonly string[];
  /** EXTRA_BIND_SETTINGS by port: words. */
  readonly bindOptions: ReadonlyMap<number, readonly string[]>;
  /** Words after the address of each server: health check and route settings. */
  readonly serverOptions: readonly string[];
};

/** One listener, if anything can be served on its port, and what is refused there. */
export type ListenerOutcome = {
  readonly listener: Listener | undefined;
  /** Sorted. */
  readonly rejections: readonly EndpointRejection[];
};

/**
 * The listener of one front port, from the endpoints behind it alone. Several services on one port share it.
 * It exists as soon as one endpoint can be reached, even if that one takes no traffic yet.
 */
export function desiredListener({ port, endpoints }: ListenerSlice, facts: ListenerFacts): ListenerOutcome {
  const judged = endpoints.flatMap((placed) => judge(placed, port, facts));
  const candidates = judged.flatMap((each) => ("candidate" in each ? [each.candidate] : []));
  const { servers, rejections } = distinctServers(candidates);
  const refusals = judged.flatMap((each) => ("rejection" in each ? [each.rejection] : []));
  return {
    listener: candidates.length === 0 ? undefined : listenerOf(port, candidates, servers, facts),
    rejections: [...refusals, ...rejections].sort(byTextOf(({ key, code }) => `${key} ${code}`)),
  };
}

/** What the section of a port holds beside its servers. */
export function listenerSettings(port: number, facts: ListenerFacts): ListenerSettings {
  return { addresses: facts.addresses, bind: facts.bindOptions.get(port) ?? [], lines: [] };
}

function listenerOf(
  port: number,
  candidates: readonly Candidate[],
  servers: readonly Server[],
  facts: ListenerFacts,
): Listener {
  const services = new Set(candidates.map(({ placed }) => serviceIdOf(placed.endpoint.key)));
  return {
    port,
    ssl: false,
    services: [...services].sort(byText),
    settings: listenerSettings(port, facts),
    servers,
  };
}

type Judged = { readonly candidate: Candidate } | { readonly rejection: EndpointRejection };

function judge(placed: PlacedEndpoint, port: number, facts: ListenerFacts): readonly Judged[] {
  const refusal = refusePort(port, facts.ports);
  if (refusal) return [refused(placed, refusal.code, refusal.reason)];
  const listens = placed.endpoint.listen.filter((listen) => listen.port === port);
  return listens.map(({ ssl }) =>
    ssl ? refused(placed, "ssl-not-supported", noTls) : judgePlain(placed, port, facts),
  );
}

const noTls = "its port is marked /ssl, which this version does not serve";

function judgePlain(placed: PlacedEndpoint, port: number, facts: ListenerFacts): Judged {
  const { endpoint } = placed;
  const reached = reach(endpoint, facts.vantage);
  if (!reached.ok) return refused(placed, "unreachable", reached.reason);
  if (reached.via === "node" && isOwnListener({ ...reached, listens: port }, placed, facts)) {
    return refused(placed, "loop", `${reached.ip}:${reached.port} is this proxy's own listener`);
  }
  const server = serverOf(endpoint, { ip: reached.ip, port: reached.port, options: facts.serverOptions });
  return { candidate: { placed, server } };
}

function refused({ endpoint }: PlacedEndpoint, code: string, reason: string): Judged {
  return { rejection: { code, key: endpoint.key, reason: `${endpoint.container}: ${reason}` } };
}

type Target = { readonly ip: string; readonly port: number; readonly listens: number };

/** A published port of the proxy's own node that the proxy itself listens on leads back to it. */
function isOwnListener(target: Target, { endpoint }: PlacedEndpoint, { vantage, addresses }: ListenerFacts): boolean {
  if (vantage.kind !== "node" || endpoint.at.node !== vantage.node || target.port !== target.listens) return false;
  const wildcard = target.ip.includes(":") ? "::" : "0.0.0.0";
  return addresses.includes(wildcard) || addresses.includes(target.ip);
}
