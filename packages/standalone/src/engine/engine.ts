import type { Ground } from "../ground/ground.ts";

/** A Docker engine that answers. */
export type Engine = {
  /** As in DOCKER_HOST. */
  readonly dockerHost: string;
  readonly isOwn: boolean;
  /** False while an engine of our own is dead; another one is not asked. */
  readonly isRunning: () => boolean;
  /** Rejects when an engine of our own has ended and cannot be started again; never for another one. */
  readonly failed: Promise<never>;
  /** Stops an engine of our own; leaves another one alone. */
  readonly stop: () => Promise<void>;
};

/** Where the machine's own engine answers. */
export const machineSocket = "unix:///var/run/docker.sock";

/** What choosing an engine needs. */
export type EngineChoice = {
  readonly dockerHost: string | undefined;
  readonly ground: Ground;
  /** What has to be done when an engine of our own was started again: its containers have ended with it. */
  readonly whenAgain?: (dockerHost: string) => Promise<void>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};
