import { claims, ports } from "./claims.ts";
import { endpoints } from "./endpoints.ts";
import type { ShownItem, Kind } from "./kind.ts";
import { nodes } from "./nodes.ts";
import { proxies } from "./proxies.ts";
import { rejections } from "./rejections.ts";
import { services } from "./services.ts";

/** A kind whose items are read, shown and described by itself alone. */
export type AnyKind = Kind<ShownItem>;

/** Everything that `fairway get` shows, in the order of its help. */
export const kinds: Readonly<Record<string, AnyKind>> = {
  services: asAny(services),
  endpoints: asAny(endpoints),
  ports: asAny(ports),
  nodes: asAny(nodes),
  proxies: asAny(proxies),
  claims: asAny(claims),
  rejections: asAny(rejections),
};

/** What a kind is given has come from itself. */
function asAny<T extends ShownItem>(kind: Kind<T>): AnyKind {
  return kind as unknown as AnyKind;
}
