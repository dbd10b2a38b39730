import { isDeepStrictEqual } from "node:util";
import { frontOf, type Front } from "@fairway/contract";
import type { Listener, ListenerList } from "@fairway/haproxy";
import { listenerSettings, type ListenerFacts } from "./desired.ts";
import { boundSilence, withoutClientTime } from "./first-words.ts";
import { countedNames } from "./tls-words.ts";
import type { Owner } from "./port-owner.ts";

/** What the frontend of a port is made of. */
export type NamesOfPort = {
  /** One for each name, in no order. */
  readonly listeners: readonly Listener[];
  readonly askedAt: (front: Front) => AskedAt | undefined;
  /** The project that has the port, which decides for all names; undefined: nobody. */
  readonly decides: string | undefined;
};

/** Whose a front is, and what its containers ask for of those who connect. */
export type AskedAt = { readonly owner: Owner | undefined; readonly lists: readonly ListenerList[] };

/** Clients of PostgreSQL that begin with TLS end the connection where it is not chosen; others do not ask for it. */
const alpn = "postgresql";

/**
 * The frontend of a port that services share by name: what holds before a name is known. TLS, ALPN and EXTRA_BIND_SETTINGS
 * are the proxy's; whose connections begin with a PROXY header says who has the port, by its first name in the alphabet
 * that says it: who has a name alone may not say who others' clients are. The same object as before when nothing changed.
 */
export function portFrontend(
  port: number,
  { listeners, askedAt, decides }: NamesOfPort,
  { facts, before }: { readonly facts: ListenerFacts; readonly before: Listener | undefined },
): Listener {
  const named = listeners.flatMap(({ name, ssl, isGreeted }) =>
    name === undefined ? [] : [{ name, isOpened: ssl, ...(isGreeted && { isGreeted }) }],
  );
  const routes = named.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const deciding = routes.flatMap(({ name }) => {
    const asked = askedAt(frontOf({ port, name }));
    return decides !== undefined && asked?.owner?.project === decides ? asked.lists : [];
  });
  const told = deciding.find(({ kind }) => kind === "accept-proxy");
  const everyOwner = askedAt(frontOf({ port, name: "*" }))?.owner?.project;
  const kept = (facts.ownership.nameOwners ?? []).filter(({ name, project }) => name !== "*" && project !== everyOwner);
  const next: Listener = {
    port,
    names: {
      routes,
      tls: facts.tls.ok ? [...facts.tls.bind, "alpn", alpn] : [],
      certificates: countedNames({ port, certificates: [] }, facts.tls),
      plain: withoutClientTime(boundSilence([], facts.tunnelTimeout)),
      kept: [...new Set(kept.map(({ name }) => name))],
    },
    ssl: routes.some(({ isOpened }) => isOpened),
    services: [],
    settings: listenerSettings({ port, ssl: false }, facts, { lists: told ? [told] : [] }),
    servers: [],
  };
  return isDeepStrictEqual(before, next) && before ? before : next;
}
