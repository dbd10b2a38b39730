import type { Listener } from "@fairway/haproxy";

/** A listener whose servers are those of this machine's loopback, as no address of a test's records is there. */
export function onLoopback(listener: Listener): Listener {
  return { ...listener, servers: listener.servers.map((server) => ({ ...server, ip: "127.0.0.1" })) };
}
