import type { ServerCommand } from "@fairway/haproxy";

/** How to get from what runs to what is desired. Decided by `plan`, carried out by `apply`. */
export type Plan =
  | { readonly kind: "none" }
  | { readonly kind: "runtime"; readonly commands: readonly ServerCommand[] }
  | { readonly kind: "reload"; readonly reasons: readonly string[] };
