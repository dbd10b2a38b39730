import { isDeepStrictEqual } from "node:util";
import { frontOf, type Front } from "@fairway/contract";
import type { Listener, ListenerList } from "@fairway/haproxy";
import { listenerSettings, type ListenerFacts } from "./desired.ts";
import { countedNames } from "./tls-words.ts";
import type { Owner } from "./port-owner.ts";

/** What the frontend of a port is made of. */
export type NamesOfPort = {
  /** One for each name, in no order. */
  readonly listeners: readonly Listener[];
  readonly askedAt: (front: Front) => AskedAt | undefined;
};

/** Whose a front is, and what its containers ask for of those who connect. */
export type AskedAt = { readonly owner: Owner | undefined; readonly lists: readonly ListenerList[] };

/**
 * The frontend of a port that services share by name: what holds before a name is known. TLS, ALPN and EXTRA_BIND_SETTINGS
 * are the proxy's; whose connections begin with a PROXY header says the first name by the alphabet that says it. The same
 * object as before when nothing changed.
 */
export function portFrontend(
  port: number,
  { listeners, askedAt }: NamesOfPort,
  { facts, before }: { readonly facts: ListenerFacts; readonly before: Listener | undefined },
): Listener {
  const named = listeners.flatMap((each) => (each.name === undefined ? [] : [{ name: each.name, isOpened: each.ssl }]));
  const routes = named.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const asked = routes.flatMap(({ name }) => askedAt(frontOf({ port, name }))?.lists ?? []);
  const told = asked.find(({ kind }) => kind === "accept-proxy");
  const everyOwner = askedAt(frontOf({ port, name: "*" }))?.owner?.project;
  const kept = (facts.ownership.nameOwners ?? []).filter(({ name, project }) => name !== "*" && project !== everyOwner);
  const next: Listener = {
    port,
    names: {
      routes,
      tls: facts.tls.ok ? facts.tls.bind : [],
      certificates: countedNames({ port, certificates: [] }, facts.tls),
      kept: [...new Set(kept.map(({ name }) => name))],
    },
    ssl: routes.some(({ isOpened }) => isOpened),
    services: [],
    settings: listenerSettings({ port, ssl: false }, facts, { lists: told ? [told] : [] }),
    servers: [],
  };
  return isDeepStrictEqual(before, next) && before ? before : next;
}
