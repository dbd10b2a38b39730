import type { Log } from "@fairway/program";
import type { Desired } from "../desired/desired.ts";
import { haproxyAt } from "@fairway/haproxy";
import type { ServerState } from "@fairway/haproxy";
import { haproxyVersion } from "@fairway/haproxy";
import type { Running } from "../plan/running.ts";
import { takeLock, type Lock } from "../state/lock.ts";
import { readSnapshot } from "../state/snapshot.ts";
import { prepareStateDir, statePaths, type StatePaths } from "../state/state-dir.ts";
import { statsBinds, type ListenerRefusal } from "./admission.ts";
import { Conductor } from "./conductor.ts";
import type { Applied, Context, WithoutCulprits } from "./context.ts";
import { Disk } from "./disk.ts";
import { withOwnLines, type Render, type RenderPieces } from "./own-lines.ts";

/** What the applier is given. */
export type ApplierFacts = {
  readonly stateDir: string;
  readonly haproxyBin: string;
  /** Environment of HAProxy. */
  readonly env: NodeJS.ProcessEnv;
  /** How long sessions to gone servers may last. */
  readonly drainTimeoutMs: number;
  /** How long a server that arrives beside others takes to come to its weight; default: it has it at once. */
  readonly slowStartMs?: number;
  /** More workers than this that finish their connections after a reload are not kept; default 25. */
  readonly mostOldWorkers?: number;
  readonly render: Render;
  readonly renderPieces: RenderPieces;
  /** Default: nothing can be taken out. */
  readonly withoutCulprits?: WithoutCulprits;
  /** Something changed that no call of `apply` answers for: a listener was freed, HAProxy was started again. */
  readonly onChange?: () => void;
  readonly log: Log;
  /** Aborting it ends everything of the applier's own accord; HAProxy goes on. */
  readonly signal: AbortSignal;
};

/** The one way to HAProxy. */
export type Applier = {
  /** What the last agent remembered; undefined: nothing that can be read. */
  readonly memory: unknown;
  readonly haproxyVersion: string;
  /**
   * Brings HAProxy to the desired: starts it, sends runtime commands or reloads. One at a time; a call waits for the
   * one before. With `ports` only those listeners are looked at: the others are as they were asked for before.
   * Rejects when HAProxy does not answer or the disk does not take a file; then what runs goes on, and the next call
   * or the applier's own mending puts it right.
   */
  readonly apply: (desired: Desired, ports?: ReadonlySet<number>) => Promise<Applied>;
  /** Takes over what stands in snapshot.json from now on: plain data, asked for when it is written, within a second. */
  readonly remember: (memory: () => unknown) => void;
  /** What HAProxy holds; undefined: none of ours runs. */
  readonly running: () => Running | undefined;
  /** Listeners that are desired and left out now; they are tried again at least every 10 s. */
  readonly refusals: () => readonly ListenerRefusal[];
  /** Every server as the current worker sees it. Rejects when none answers. */
  readonly health: () => Promise<readonly ServerState[]>;
  /** The current worker, and how many old ones finish their connections. Rejects when it does not answer within 5 s. */
  readonly worker: () => Promise<{ readonly pid: number; readonly oldWorkers: number }>;
  /** Ends HAProxy: connections may finish for `limitMs`. */
  readonly stop: (limitMs: number) => Promise<void>;
  /** Writes what is outstanding and lets go of STATE_DIR; HAProxy goes on. */
  readonly close: () => Promise<void>;
};

/** An applier, or one line that says why there can be none and is for the operator to mend. */
export type OpenOutcome =
  | { readonly ok: true; readonly applier: Applier }
  | { readonly ok: false; readonly code: "state-dir" | "locked" | "haproxy"; readonly reason: string };

/** Takes STATE_DIR for itself, reads what the last agent left, and adopts its HAProxy. */
export async function openApplier(facts: ApplierFacts): Promise<OpenOutcome> {
  const paths = statePaths(facts.stateDir);
  const version = await haproxyVersion(facts.haproxyBin, facts.env);
  if (!version.ok) return { ok: false, code: "haproxy", reason: version.reason };
  const unusable = await prepareStateDir(paths);
  if (unusable !== undefined) return { ok: false, code: "state-dir", reason: unusable };
  const lock = await takeLock(paths.lock);
  if (!lock) {
    return { ok: false, code: "locked", reason: `STATE_DIR="${facts.stateDir}": another agent is using it` };
  }
  const applier = await opened(facts, { paths, lock, version: version.version });
  return { ok: true, applier };
}

type Held = { readonly paths: StatePaths; readonly lock: Lock; readonly version: string };

async function opened(facts: ApplierFacts, { paths, lock, version }: Held): Promise<Applier> {
  const snapshot = await readSnapshot(paths.snapshot);
  if (snapshot.is === "unreadable") facts.log.warn({ reason: snapshot.reason }, "snapshot left aside");
  const known = snapshot.is === "read" ? snapshot.memory : undefined;
  let memory: () => unknown = () => known;
  const disk: Disk = new Disk(
    paths,
    { config: () => configOf(facts, context, conductor), memory: () => memory() },
    facts.log,
  );
  const context = contextOf(facts, paths, disk);
  const conductor = new Conductor(context, facts.onChange ?? (() => undefined));
  await conductor.adopt();
  const { haproxy } = context;
  return {
    memory: known,
    haproxyVersion: version,
    apply: (desired, ports) => conductor.apply({ desired, ports }),
    remember: (next) => {
      memory = next;
      disk.touch();
    },
    running: () => conductor.situation.running,
    refusals: () => refusalsOf(conductor),
    health: async () => (await haproxy.read()).servers,
    worker: async () => {
      const [{ pid }, { oldWorkers }] = await Promise.all([haproxy.info(), haproxy.processes()]);
      return { pid, oldWorkers: oldWorkers.length };
    },
    stop: (limitMs) => conductor.stop(limitMs),
    close: async () => {
      await conductor.ended();
      await disk.close();
      await lock.release();
    },
  };
}

function contextOf(facts: ApplierFacts, paths: StatePaths, disk: Disk): Context {
  const { haproxyBin: bin, env, render, drainTimeoutMs, log, signal } = facts;
  const { config: configFile, masterSocket, pid: pidFile, output: outputFile, socket } = paths;
  const haproxy = haproxyAt({ bin, env, configFile, masterSocket, pidFile, outputFile }, socket);
  const withoutCulprits = facts.withoutCulprits ?? (() => undefined);
  const { mostOldWorkers = 25, slowStartMs = 0 } = facts;
  return { haproxy, disk, paths, render, withoutCulprits, drainTimeoutMs, slowStartMs, mostOldWorkers, log, signal };
}

/** What haproxy.cfg should hold now; nothing before the first application. */
function configOf({ renderPieces }: ApplierFacts, { paths }: Context, { situation }: Conductor) {
  const { served, description } = situation;
  return served && renderPieces(withOwnLines(served, description, paths.serverStates));
}

function refusalsOf({ situation, desired }: Conductor): readonly ListenerRefusal[] {
  if (desired === undefined) return [];
  const wanted = new Set([...desired.listeners, ...statsBinds(desired.sections)].map(({ port }) => port));
  return [...situation.refusals.values()].filter(({ listener }) => wanted.has(listener));
}
