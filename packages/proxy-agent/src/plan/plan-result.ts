import type { Server } from "../desired/desired.ts";

/** How to get from what runs to what is desired. Decided by `plan`, carried out by `apply`. */
export type Plan =
  | { readonly kind: "none" }
  | { readonly kind: "runtime"; readonly commands: readonly ServerCommand[] }
  | { readonly kind: "reload"; readonly reasons: readonly string[] };

/** One change of one server, in HAProxy's runtime terms. */
export type ServerCommand =
  | { readonly do: "add"; readonly listener: number; readonly server: Server }
  | { readonly do: "ready" | "drain" | "maint" | "delete"; readonly listener: number; readonly name: string };
