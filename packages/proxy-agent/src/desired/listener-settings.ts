import type { ListenerSettings } from "@fairway/haproxy";
import type { ListenerFacts } from "./listener-facts.ts";

/** What the section of a port holds beside its servers. */
export function listenerSettings(port: number, facts: ListenerFacts): ListenerSettings {
  return { addresses: facts.addresses, bind: facts.bindOptions.get(port) ?? [], lines: [] };
}
