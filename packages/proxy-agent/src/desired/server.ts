import { createHash } from "node:crypto";
import type { SeenEndpoint } from "../subscription/seen.ts";
import type { Server } from "@fairway/haproxy";

/** What a server's line is made of beside the endpoint. */
export type ServerFacts = { readonly ip: string; readonly port: number; readonly options: readonly string[] };

/** The `server` line of an endpoint. Undefined while it starts: it takes no traffic yet. */
export function serverOf(endpoint: SeenEndpoint, facts: ServerFacts): Server | undefined {
  if (endpoint.state === "starting") return undefined;
  const admin = endpoint.state === "ready" ? "ready" : "drain";
  const server = { name: serverName(endpoint, facts), ...facts, admin, endpoint: endpoint.key } as const;
  return endpoint.addresses.length > 1 ? { ...server, elsewhere: endpoint.addresses.map(placeOf) } : server;
}

/** True when connections to a server may last: the endpoint has another server now, but still is there too. */
export function isStillThere(server: Pick<Server, "ip" | "port">, now: Server | undefined): boolean {
  if (now === undefined) return false;
  return placeOf(server) === placeOf(now) || now.elsewhere?.includes(placeOf(server)) === true;
}

/** True when two are one server, in one state; all else that a server has is in its name. */
export function isSameServer(a: Server, b: Server): boolean {
  return a.name === b.name && a.admin === b.admin && a.elsewhere?.join() === b.elsewhere?.join();
}

/** An address as one text. */
export function placeOf({ ip, port }: Pick<Server, "ip" | "port">): string {
  return `${ip} ${port}`;
}

/**
 * `<service>.<node>.<container12>.<port>.<hash>`: HAProxy tells no options of a running server, so its name carries
 * them. The hash covers the registry key and the whole line: same name, same server.
 */
function serverName({ key, at }: SeenEndpoint, { ip, port, options }: ServerFacts): string {
  const line = [key, ip, port, ...options].join("\n");
  const hash = createHash("sha256").update(line).digest("hex").slice(0, 12);
  return [word(at.service), word(at.node), word(at.container12), at.port, hash].join(".");
}

/** A server's name up to its hash: that of every server that its endpoint has had. */
export function stemOf(name: string): string {
  return name.slice(0, name.lastIndexOf(".") + 1);
}

const longestWord = 48;

/** A name from the registry as part of a server name; the hash keeps names apart that look alike after this. */
function word(name: string): string {
  return name.slice(0, longestWord).replace(/[^A-Za-z0-9_-]/g, "-");
}
