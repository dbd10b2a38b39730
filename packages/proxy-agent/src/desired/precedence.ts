import { byText } from "@fairway/contract";
import { byAge, type PortHolder } from "../registry/port-holder.ts";
import type { SeenEndpoint } from "../registry/seen.ts";

/** Who may decide what the endpoints of a port have together. */
export type Deciding = {
  /** Whose claim they stand by; undefined: nobody's, which comes last. */
  readonly holder: PortHolder | undefined;
  readonly service: string;
  /** The oldest of its containers. */
  readonly oldest: SeenEndpoint;
};

/** The older claim's project comes first, in it the first service by name, in that the oldest container. */
export function byPrecedence(a: Deciding, b: Deciding): number {
  const order = a.holder && b.holder ? byAge(a.holder, b.holder) : Number(!a.holder) - Number(!b.holder);
  return order || byText(a.service, b.service) || byContainerAge(a.oldest, b.oldest);
}

/** The older container first. */
export function byContainerAge(a: SeenEndpoint, b: SeenEndpoint): number {
  return byText(a.createdAt, b.createdAt) || byText(a.key, b.key);
}

/** Ready ones first, then the younger container. */
export function byReadiness(a: SeenEndpoint, b: SeenEndpoint): number {
  return Number(b.state === "ready") - Number(a.state === "ready") || byContainerAge(b, a);
}
