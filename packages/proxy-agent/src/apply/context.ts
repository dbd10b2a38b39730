import type { Log } from "@fairway/program";
import type { Desired } from "../desired/desired.ts";
import type { Origin } from "@fairway/haproxy";
import type { Haproxy } from "@fairway/haproxy";
import type { OsProcess } from "@fairway/haproxy";
import type { ConfigProblem } from "@fairway/haproxy";
import type { Running } from "../plan/running.ts";
import type { StatePaths } from "../state/state-dir.ts";
import type { ListenerRefusal } from "./admission.ts";
import { noDepartures, type Departures } from "./departures.ts";
import { noRamps, type Ramps } from "./ramps.ts";
import type { Disk } from "./disk.ts";
import type { Render } from "./own-lines.ts";

/** What every step of the applier works with. */
export type Context = {
  readonly haproxy: Haproxy;
  readonly disk: Disk;
  readonly paths: StatePaths;
  readonly render: Render;
  readonly withoutCulprits: WithoutCulprits;
  readonly drainTimeoutMs: number;
  /** How long a server that arrives beside others takes to come to its weight; 0: it has it at once. */
  readonly slowStartMs: number;
  readonly mostOldWorkers: number;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Takes out of the desired what HAProxy's complaints are about; undefined: they cannot be pinned on a part of it. */
export type WithoutCulprits = (desired: Desired, problems: readonly TracedProblem[]) => Desired | undefined;

/** A complaint of HAProxy and whose text stands on that line; undefined: nobody's but ours, or no line was named. */
export type TracedProblem = ConfigProblem & { readonly origin: Origin | undefined };

/** Where things stand between two steps. */
export type Situation = {
  /** HAProxy's master; undefined: none of ours runs. */
  readonly master: OsProcess | undefined;
  /** What its current worker holds; undefined: none runs. */
  readonly running: Running | undefined;
  /** The description of its configuration, see `withOwnLines`. */
  readonly description: string;
  /** What was last applied: the desired without refused listeners. */
  readonly served: Desired | undefined;
  /** Listeners left out, by port. */
  readonly refusals: ReadonlyMap<number, ListenerRefusal>;
  readonly departures: Departures;
  readonly ramps: Ramps;
  /** The last candidate that HAProxy did not take: it is not tried again. */
  readonly failed: { readonly text: string; readonly problems: readonly TracedProblem[] } | undefined;
};

/** A worker that was just started: no server is on its way out or in. */
export const nothingMoves: Pick<Situation, "departures" | "ramps"> = { departures: noDepartures, ramps: noRamps };

/** What a step has come to; `error`: it went no further than this, because of HAProxy or the disk. */
export type Step = {
  readonly situation: Situation;
  readonly outcome: Applied | { readonly ok: false; readonly error: unknown };
};

/** How an application ended. */
export type Applied =
  | {
      readonly ok: true;
      readonly how: "none" | "runtime" | "reload" | "start";
      /** Why it took a reload or a start, as sentences. */
      readonly reasons: readonly string[];
      /** How many runtime commands were sent. */
      readonly commands: number;
    }
  /** HAProxy does not take it: what runs, if anything, goes on. */
  | { readonly ok: false; readonly reasons: readonly string[]; readonly problems: readonly TracedProblem[] };
