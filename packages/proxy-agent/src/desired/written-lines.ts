import type { Line } from "@fairway/haproxy";
import { z } from "zod";

/** A line of haproxy.cfg as it stands in snapshot.json. */
export const lineSchema = z.object({
  text: z.string(),
  from: z.object({ services: z.array(z.string()), settings: z.array(z.string()) }),
});

/** Lines as plain data, for the snapshot. */
export function writeLines(lines: readonly Line[]): z.input<typeof lineSchema>[] {
  return lines.map(({ text, from }) => ({
    text,
    from: { services: [...from.services], settings: [...from.settings] },
  }));
}
