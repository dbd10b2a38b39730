import { isDeepStrictEqual } from "node:util";
import type { Front } from "@fairway/contract";
import type { Listener } from "@fairway/haproxy";
import { z } from "zod";
import { listenerSettings, type ListenerFacts } from "./desired.ts";
import { withCounting } from "./first-words.ts";
import { countedNames, tlsWords } from "./tls-words.ts";
import { lineSchema, listSchema, writeLines, writeLists } from "./lines-snapshot.ts";

/** A listener whose last endpoint left, as it stands in snapshot.json. */
export const emptyListenerSchema = z.object({
  /** Ms since 1970. */
  emptySince: z.number(),
  listener: z.object({
    port: z.int(),
    /** One of several names on that port. */
    name: z.string().optional(),
    ssl: z.boolean(),
    isGreeted: z.boolean().optional(),
    services: z.array(z.string()),
    settings: z.object({
      addresses: z.array(z.string()),
      bind: z.array(z.string()),
      lines: z.array(lineSchema).optional(),
      lists: z.array(listSchema).optional(),
      mostWaiting: z.number().optional(),
    }),
    servers: z.tuple([]),
  }),
});

/** See {@link emptyListenerSchema}. */
export type EmptyListener = z.output<typeof emptyListenerSchema>;

/** All of them as they stand in the snapshot. `since`: since when each front has had no endpoint, ms since 1970. */
export function writeAllEmpty(
  since: ReadonlyMap<Front, number>,
  listeners: { readonly get: (front: Front) => Listener | undefined },
): EmptyListener[] {
  return [...since].flatMap(([front, emptySince]) => {
    const listener = listeners.get(front);
    return listener ? [{ emptySince, listener: writeEmpty(listener) }] : [];
  });
}

/** As plain data, for the snapshot. */
export function writeEmpty({
  port,
  name,
  ssl,
  isGreeted,
  services,
  settings: { addresses, bind, lines, lists, mostWaiting },
}: Listener): EmptyListener["listener"] {
  const own = { ...(lines && { lines: writeLines(lines) }), ...(lists && { lists: writeLists(lists) }) };
  const waiting = mostWaiting === undefined ? {} : { mostWaiting };
  const settings = { addresses: [...addresses], bind: [...bind], ...own, ...waiting };
  return {
    port,
    ...(name !== undefined && { name }),
    ssl,
    ...(isGreeted && { isGreeted }),
    services: [...services],
    settings,
    servers: [],
  };
}

/**
 * An empty listener as it is made now: a file that its former settings named may be gone, and HAProxy refuses all of a
 * configuration that names one. The same object when nothing changed; undefined: there is no TLS for it.
 */
export function remakeEmpty(listener: Listener, facts: ListenerFacts): Listener | undefined {
  const { port, name, ssl, settings } = listener;
  if (name !== undefined) return ssl && !facts.tls.ok ? undefined : listener;
  const { certificates = [], lines = [], lists } = settings;
  const tls = { port, certificates };
  if (ssl && tlsWords(tls, facts.tls).length === 0) return undefined;
  const counting = ssl ? withCounting(lines, countedNames(tls, facts.tls)) : lines;
  const remade = listenerSettings(listener, facts, { certificates, lines: counting, lists });
  return isDeepStrictEqual(remade, settings) ? listener : { ...listener, settings: remade };
}
