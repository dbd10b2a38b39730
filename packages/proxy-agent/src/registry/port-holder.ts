import { byRevision, byText } from "@fairway/contract";
import { z } from "zod";
import { revisionCodec } from "./seen.ts";
import { holderKey } from "./holder.ts";

/** A holder at one front port, or of one name there, as it stands in snapshot.json. */
export const portHolderSchema = z.object({
  port: z.int(),
  /** One of several names on that port; absent: the port itself. */
  name: z.string().optional(),
  project: z.string(),
  /** On a load balancer. */
  service: z.string().optional(),
  /**
   * `claimed`: its claim is in the registry. `gone`: it was, and stays in force while something of the holder is here.
   * `awaited`: none was seen yet; `unclaimed`: none was seen for 3 s.
   */
  state: z.enum(["claimed", "gone", "awaited", "unclaimed"]),
  /** The claim's create revision; without a claim the lowest of its endpoints there. */
  age: revisionCodec,
  /** ISO 8601, by the clock of the node that claimed it; empty without a claim. */
  claimedAt: z.string(),
  /** SHARE of its endpoints there, each text once; of the last ones when it has none now. */
  shares: z.array(z.string()),
});

/** See {@link portHolderSchema}. */
export type PortHolder = Readonly<z.output<typeof portHolderSchema>>;

/** True when a claim of it is in force. */
export function isClaimed({ state }: Pick<PortHolder, "state">): boolean {
  return state === "claimed" || state === "gone";
}

/** Orders the holders of a port, oldest first: a claim before none, then the lower revision. */
export function byAge(a: PortHolder, b: PortHolder): number {
  if (isClaimed(a) !== isClaimed(b)) return isClaimed(a) ? -1 : 1;
  return byRevision(a.age, b.age) || byText(a.claimedAt, b.claimedAt) || byText(holderKey(a), holderKey(b));
}
