import type { EngineInfo } from "./docker/engine.ts";

/** How the engine is doing. */
export type EngineState =
  | { readonly kind: "unlisted"; readonly reason: string }
  | { readonly kind: "followed"; readonly info: EngineInfo }
  | { readonly kind: "lost"; readonly reason: string };
