import type { SeenEndpoint } from "../subscription/seen.ts";
import type { EndpointRejection } from "./desired.ts";
import type { Server } from "@fairway/haproxy";
import type { ListenerFacts } from "./listener-facts.ts";
import { reach } from "./reach.ts";
import { refusePort } from "./reserved-ports.ts";
import { placeOf, serverOf } from "./server.ts";

/** What one endpoint comes to on one front port. */
export type JudgedEndpoint = {
  /** True when it can be served there, even if it takes no traffic yet. */
  readonly isServable: boolean;
  /** Undefined while it starts, and when it cannot be served. */
  readonly server: Server | undefined;
  /** The server's address as one text, for telling which share it. */
  readonly place: string;
  readonly rejections: readonly EndpointRejection[];
};

/** Decides whether and as which server an endpoint stands behind a front port; depends on nothing but the arguments. */
export function judgeEndpoint(endpoint: SeenEndpoint, port: number, facts: ListenerFacts): JudgedEndpoint {
  const refusal = refusePort(port, facts.ports);
  if (refusal) return refused(endpoint, refusal.code, refusal.reason);
  const listens = endpoint.listen.filter((listen) => listen.port === port);
  const tls = listens.some(({ ssl }) => ssl) ? refused(endpoint, "ssl-not-supported", noTls) : undefined;
  if (listens.every(({ ssl }) => ssl)) return tls ?? nothing;
  const plain = judgePlain(endpoint, port, facts);
  return tls ? { ...plain, rejections: [...plain.rejections, ...tls.rejections] } : plain;
}

const nothing: JudgedEndpoint = { isServable: false, server: undefined, place: "", rejections: [] };
const noTls = "its port is marked /ssl, which this version does not serve";

function judgePlain(endpoint: SeenEndpoint, port: number, facts: ListenerFacts): JudgedEndpoint {
  const reached = reach(endpoint, facts.vantage);
  if (!reached.ok) return refused(endpoint, "unreachable", reached.reason);
  if (reached.via === "node" && isOwnListener(endpoint, { ...reached, listens: port }, facts)) {
    return refused(endpoint, "loop", `${reached.ip}:${reached.port} is this proxy's own listener`);
  }
  const server = serverOf(endpoint, { ip: reached.ip, port: reached.port, options: facts.serverOptions });
  return { isServable: true, server, place: placeOf(reached), rejections: [] };
}

function refused({ key, container }: SeenEndpoint, code: string, reason: string): JudgedEndpoint {
  return { ...nothing, rejections: [{ code, key, reason: `${container}: ${reason}` }] };
}

type Target = { readonly ip: string; readonly port: number; readonly listens: number };

/** A published port of the proxy's own node that the proxy itself listens on leads back to it. */
function isOwnListener({ at }: SeenEndpoint, target: Target, { vantage, addresses }: ListenerFacts): boolean {
  if (vantage.kind !== "node" || at.node !== vantage.node || target.port !== target.listens) return false;
  const wildcard = target.ip.includes(":") ? "::" : "0.0.0.0";
  return addresses.includes(wildcard) || addresses.includes(target.ip);
}
