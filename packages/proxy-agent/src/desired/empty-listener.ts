import type { Listener } from "@fairway/haproxy";
import { z } from "zod";
import { lineSchema, listSchema, writeLines, writeLists } from "./written-lines.ts";

/** A listener whose last endpoint left, as it stands in snapshot.json. */
export const emptyListenerSchema = z.object({
  /** Ms since 1970. */
  emptySince: z.number(),
  listener: z.object({
    port: z.int(),
    ssl: z.boolean(),
    services: z.array(z.string()),
    settings: z.object({
      addresses: z.array(z.string()),
      bind: z.array(z.string()),
      lines: z.array(lineSchema).optional(),
      lists: z.array(listSchema).optional(),
    }),
    servers: z.tuple([]),
  }),
});

/** See {@link emptyListenerSchema}. */
export type EmptyListener = z.output<typeof emptyListenerSchema>;

/** As plain data, for the snapshot. */
export function writeEmpty({
  port,
  ssl,
  services,
  settings: { addresses, bind, lines, lists },
}: Listener): EmptyListener["listener"] {
  const own = { ...(lines && { lines: writeLines(lines) }), ...(lists && { lists: writeLists(lists) }) };
  const settings = { addresses: [...addresses], bind: [...bind], ...own };
  return { port, ssl, services: [...services], settings, servers: [] };
}
