import { isLimit, type Line, type ListenerList } from "@fairway/haproxy";
import { z } from "zod";

const originSchema = z.object({ services: z.array(z.string()), settings: z.array(z.string()) });

/** A line of haproxy.cfg as it stands in snapshot.json. */
export const lineSchema = z.object({ text: z.string(), from: originSchema });

/** Who may connect to a listener, and how often, as it stands there. */
export const listSchema = z.union([
  z.object({ kind: z.enum(["allow", "deny", "accept-proxy"]), networks: z.array(z.string()), from: originSchema }),
  z.object({
    kind: z.enum(["rate", "connections"]),
    most: z.number(),
    per: z.enum(["1s", "1m"]).optional(),
    from: originSchema,
  }),
]);

/** Lines as plain data, for the snapshot. */
export function writeLines(lines: readonly Line[]): z.input<typeof lineSchema>[] {
  return lines.map(({ text, from }) => ({ text, from: writeOrigin(from) }));
}

/** Lists as plain data. */
export function writeLists(lists: readonly ListenerList[]): z.input<typeof listSchema>[] {
  return lists.map((list) => {
    const from = writeOrigin(list.from);
    return isLimit(list) ? { ...list, from } : { kind: list.kind, networks: [...list.networks], from };
  });
}

function writeOrigin({ services, settings }: Line["from"]): z.input<typeof originSchema> {
  return { services: [...services], settings: [...settings] };
}
