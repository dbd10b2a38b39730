import { addAbortListener } from "node:events";
import { reasonOf } from "@fairway/contract";
import { Backoff } from "@fairway/loop";
import { exitCode, type Log, ProgramExit } from "@fairway/program";
import type { EngineInfo } from "./container.ts";
import type { DockerEngine, EngineList } from "./engine.ts";
import type { EngineEvent } from "./events.ts";

/** How the engine is doing. */
export type EngineState =
  | { readonly kind: "unlisted"; readonly reason: string }
  | { readonly kind: "followed"; readonly info: EngineInfo }
  | { readonly kind: "lost"; readonly reason: string };

/** What {@link followEngine} follows, and its callbacks. */
export type FollowOptions = {
  readonly engine: DockerEngine;
  /** Another engine behind the same socket ends it. */
  readonly engineId: string;
  readonly relistMs: number;
  /** The containers: on each connection, and every `relistMs`. Events follow. */
  readonly onListed: (info: EngineInfo, list: EngineList) => void;
  readonly onEvent: (event: EngineEvent) => void;
  readonly onLost: (reason: string) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/**
 * Follows an engine until the signal aborts: connects the event stream, lists, then passes events on, so that nothing
 * that happens is missed; again after each loss, with back-off. One log line at a loss, one at the return. Throws
 * ProgramExit when another engine answers than the one that is followed.
 */
export async function followEngine(options: FollowOptions): Promise<void> {
  const { onLost, log, signal } = options;
  const backoff = new Backoff();
  let isLost = false;
  const onAnswer = ({ name }: EngineInfo) => {
    if (isLost) log.info({ engine: name }, "Docker engine answers again");
    isLost = false;
    backoff.reset();
  };
  while (!signal.aborted) {
    const reason = await followConnection(options, onAnswer);
    if (signal.aborted) return;
    if (!isLost) log.warn({ reason }, "Docker engine does not answer");
    isLost = true;
    onLost(reason);
    await backoff.pause(signal);
  }
}

/** Lasts as long as the event stream and the lists do; answers why it ended. */
async function followConnection(options: FollowOptions, onAnswer: (info: EngineInfo) => void): Promise<string> {
  const { engine, engineId, onEvent, signal } = options;
  const ended = new AbortController();
  const onAbort = addAbortListener(signal, () => ended.abort());
  try {
    const info = await engine.info();
    if (info.id !== engineId) throw otherEngine(engineId, info.id);
    const events = await engine.events(info.clockMs, ended.signal);
    const list = async (answer: EngineInfo) => {
      const listed = await engine.list();
      onAnswer(answer);
      options.onListed(answer, listed);
    };
    await list(info);
    relistEvery(options.relistMs, async () => list(await engine.info()), ended);
    for await (const event of events) onEvent(event);
    return ended.signal.aborted ? reasonOf(ended.signal.reason) : "the event stream ended";
  } catch (error) {
    if (error instanceof ProgramExit) throw error;
    return reasonOf(error);
  } finally {
    ended.abort();
    onAbort[Symbol.dispose]();
  }
}

function otherEngine(followed: string, answers: string): ProgramExit {
  return new ProgramExit(exitCode.environment, [
    `Docker engine ${answers} answers in place of ${followed}: start the registrar again to serve it`,
  ]);
}

/** Until it has ended; a list that fails ends it. */
function relistEvery(ms: number, relist: () => Promise<void>, ended: AbortController): void {
  const timer = setInterval(() => void relist().catch((error: unknown) => ended.abort(error)), ms);
  addAbortListener(ended.signal, () => clearInterval(timer));
}
