import type { Bridge, Network } from "./container.ts";
import type { EngineEvent } from "./engine-event.ts";
import type { ReadContainer } from "./read-inspect.ts";

/** What the engine says of itself. */
export type EngineInfo = {
  readonly id: string;
  readonly name: string;
  /** Such as `20.10.24+dfsg1`. */
  readonly version: string;
  /** The engine's clock, milliseconds. */
  readonly clockMs: number;
};

/** A Docker engine. Every call throws when the engine does not answer as it should within some seconds. */
export type Engine = {
  info(): Promise<EngineInfo>;
  /** The ids of the containers that have a process. */
  list(): Promise<readonly string[]>;
  /** A container by its id or name; undefined when it is gone. */
  inspect(container: string): Promise<ReadContainer | undefined>;
  networks(): Promise<readonly Network[]>;
  /** The ids of the running containers that have an address in one of their own networks. */
  containersAt(ip: string): Promise<readonly string[]>;
  /** A bridge by its network's name; undefined when there is none. */
  bridge(name: string): Promise<Bridge | undefined>;
  /**
   * Events from a moment of the engine's clock on. Resolves when the stream is open.
   * The stream ends, or throws, when the connection is lost; it ends when the signal aborts.
   */
  events(sinceMs: number, signal: AbortSignal): Promise<AsyncIterable<EngineEvent>>;
};
