import type { SeenListener, SeenServer } from "../haproxy/listeners.ts";

/** A server as HAProxy holds it, with the state of its endpoint where the agent has told it. */
export type ShownServer = SeenServer & { readonly endpoint?: string | undefined };

/** A listener as it is shown. */
export type ShownListener = Omit<SeenListener, "servers"> & { readonly servers: readonly ShownServer[] };

/**
 * A server's state in one word of HAProxy's, and why it is given no new connections although HAProxy calls it up:
 * `UP (draining)`. `UP 1/3` is UP, on the way to being called DOWN or to being sure.
 */
export function stateOf({ status, admin, endpoint }: ShownServer): string {
  const word = status.replace(/ \d+\/\d+$/, "");
  if (admin !== "drain" || word.startsWith("DRAIN")) return word;
  return `${word} (${endpoint === undefined || endpoint === "ready" ? "drain" : endpoint})`;
}
