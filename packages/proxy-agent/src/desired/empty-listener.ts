import type { Listener } from "@fairway/haproxy";
import { z } from "zod";

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
  settings: { addresses, bind },
}: Listener): EmptyListener["listener"] {
  return { port, ssl, services: [...services], settings: { addresses: [...addresses], bind: [...bind] }, servers: [] };
}
