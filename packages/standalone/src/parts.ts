import type { Ground } from "./ground/ground.ts";
import type { StandaloneSettings } from "@fairway/contract";
import type { Undo } from "./undo.ts";

/** What starting any part of a whole Fairway on one machine needs. */
export type Parts = {
  readonly settings: StandaloneSettings;
  /** The user's environment, for the registrar and the agent. */
  readonly env: NodeJS.ProcessEnv;
  readonly ground: Ground;
  readonly undo: Undo;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};
