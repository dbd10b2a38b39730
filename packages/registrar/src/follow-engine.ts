import { reasonOf } from "@fairway/contract";
import { Backoff } from "@fairway/loop";
import { exitCode, type Log, ProgramExit } from "@fairway/program";
import type { Engine, EngineInfo } from "./docker/engine.ts";
import type { EngineEvent } from "./docker/engine-event.ts";

/** What following an engine tells. */
export type EngineListener = {
  /** The containers that have a process: on each connection, and every `relistMs`. Events follow. */
  readonly onListed: (info: EngineInfo, ids: readonly string[]) => void;
  readonly onEvent: (event: EngineEvent) => void;
  readonly onLost: (reason: string) => void;
};

export type FollowOptions = EngineListener & {
  readonly engine: Engine;
  readonly engineId: string;
  readonly relistMs: number;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/**
 * Follows an engine until the signal aborts: connects the event stream, lists, then tells events, so that nothing that
 * happens is missed; again after each loss, with back-off. One log line at a loss, one at the return. Throws
 * ProgramExit when another engine answers than the one that is followed.
 */
export async function followEngine(options: FollowOptions): Promise<void> {
  const { log, signal } = options;
  const backoff = new Backoff();
  let isLost = false;
  while (!signal.aborted) {
    const onListed: EngineListener["onListed"] = (info, ids) => {
      if (isLost) log.info({ engine: info.name }, "Docker engine answers again");
      isLost = false;
      backoff.reset();
      options.onListed(info, ids);
    };
    const reason = await oneConnection({ ...options, onListed });
    if (signal.aborted) return;
    if (!isLost) log.warn({ reason }, "Docker engine does not answer");
    isLost = true;
    options.onLost(reason);
    await backoff.pause(signal);
  }
}

/** Lasts as long as the event stream and the lists do; answers why it ended. */
async function oneConnection({
  engine,
  engineId,
  relistMs,
  onListed,
  onEvent,
  signal,
}: FollowOptions): Promise<string> {
  const ended = new AbortController();
  const end = () => ended.abort();
  signal.addEventListener("abort", end, { once: true });
  let timer: NodeJS.Timeout | undefined;
  try {
    const info = await engine.info();
    if (info.id !== engineId) throw otherEngine(engineId, info.id);
    const events = await engine.events(info.clockMs, ended.signal);
    onListed(info, await engine.list());
    const relist = async () => onListed(await engine.info(), await engine.list());
    timer = setInterval(() => void relist().catch((error: unknown) => ended.abort(error)), relistMs);
    for await (const event of events) onEvent(event);
    return ended.signal.aborted ? reasonOf(ended.signal.reason) : "the event stream ended";
  } catch (error) {
    if (error instanceof ProgramExit) throw error;
    return reasonOf(error);
  } finally {
    clearInterval(timer);
    end();
    signal.removeEventListener("abort", end);
  }
}

function otherEngine(followed: string, answers: string): ProgramExit {
  return new ProgramExit(exitCode.environment, [
    `Docker engine ${answers} answers in place of ${followed}: start the registrar again to serve it`,
  ]);
}
