import { createHash } from "node:crypto";
import { lastingOptions, type Server } from "@fairway/haproxy";
import type { SeenEndpoint } from "../registry/seen.ts";

/**
 * `<service>.<node>.<container12>.<port>.<hash>`: HAProxy does not show the options of a running server, so its name carries
 * them. The hash covers the registry key and all of the line that HAProxy never changes: same name, same server.
 */
export function serverName(
  { key, at }: SeenEndpoint,
  { ip, port, id, options }: Pick<Server, "ip" | "port" | "id" | "options">,
  roleCheck?: string,
): string {
  const others = [
    ...(id === undefined ? [] : [`id ${id}`]),
    ...(roleCheck === undefined ? [] : [`check ${roleCheck}`]),
  ];
  const line = [key, ip, port, ...others, ...lastingOptions(options)].join("\n");
  const hash = createHash("sha256").update(line).digest("hex").slice(0, 12);
  return `${serverNameStart(at)}${hash}`;
}

/** What the names of an endpoint's servers begin with, up to the hash. */
export function serverNameStart({ service, node, container12, port }: SeenEndpoint["at"]): string {
  return `${[word(service), word(node), word(container12), port].join(".")}.`;
}

const longestWord = 48;

/** A name from the registry as part of a server name; the hash keeps names apart that look alike after this. */
function word(name: string): string {
  return name.slice(0, longestWord).replace(/[^A-Za-z0-9_-]/g, "-");
}

/** A server's name up to its hash: that of every server that its endpoint has had. */
export function stemOf(name: string): string {
  return name.slice(0, name.lastIndexOf(".") + 1);
}

/**
 * The container and port in a server's name, which stay when the container or its node is renamed. A name that is not
 * made by {@link serverName} has neither: there it is what comes before the last dot, or the name.
 */
export function containerPortOf(name: string): string {
  const parts = name.split(".");
  if (parts.length === 5) return `${parts[2]}.${parts[3]}`;
  return stemOf(name) || name;
}
