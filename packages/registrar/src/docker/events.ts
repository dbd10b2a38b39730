import { addAbortListener } from "node:events";
import type { Readable } from "node:stream";
import { reasonOf } from "@fairway/contract";
import { Backoff } from "@fairway/loop";
import { exitCode, type Log, ProgramExit } from "@fairway/program";
import { z } from "zod";
import type { EngineInfo, EngineList } from "./container.ts";
import { healthAction, healthIn, type HealthNews } from "./health-events.ts";

/** A container that has to be inspected again, and the little that only an event can tell. */
export type EngineEvent = {
  /** 64 hex digits. */
  readonly containerId: string;
  readonly what: "changed" | HealthNews | "killed" | "died";
  /** The number of the signal; 0 unless `killed`. */
  readonly signal: number;
  /** Milliseconds of the engine's clock. */
  readonly atMs: number;
};

/** How the engine is doing. */
export type EngineState =
  | { readonly kind: "unlisted"; readonly reason: string }
  | { readonly kind: "followed"; readonly info: EngineInfo }
  | { readonly kind: "lost"; readonly reason: string };

/** What of an engine is needed to follow it. */
export type FollowedEngine = {
  readonly info: () => Promise<EngineInfo>;
  readonly list: () => Promise<EngineList>;
  readonly events: (sinceMs: number, signal: AbortSignal) => Promise<AsyncIterable<EngineEvent>>;
};

/** What {@link followEngine} follows, and its callbacks. */
export type FollowOptions = {
  readonly engine: FollowedEngine;
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

/**
 * Docker's events that may change an endpoint. The stream ends with the signal, even when nobody reads it yet; an error
 * waits for its reader.
 */
export function readEvents(stream: Readable, signal: AbortSignal): AsyncIterable<EngineEvent> {
  addAbortListener(signal, () => stream.destroy());
  return eventsIn(
    stream.on("error", () => undefined),
    signal,
  );
}

async function* eventsIn(stream: Readable, signal: AbortSignal): AsyncGenerator<EngineEvent, void, undefined> {
  try {
    for await (const line of readLines(stream)) {
      const event = readEvent(line);
      if (event !== undefined) yield event;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stream.destroy();
  }
}

/** Each event has all labels of its container, and nothing bounds those: of a longer line only so much is kept. */
export const longestLine = 256 * 1024;

/**
 * Splits a stream of bytes into lines, each cut off at {@link longestLine}. Docker's chunks cut lines, and characters,
 * anywhere.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let begun = "";
  for await (const chunk of chunks) {
    const [rest = "", ...begins] = decoder.decode(chunk, { stream: true }).split("\n");
    begun = lengthen(begun, rest);
    for (const next of begins) {
      if (begun !== "") yield begun;
      begun = lengthen("", next);
    }
  }
  if (begun !== "") yield begun;
}

function lengthen(line: string, more: string): string {
  return line.length < longestLine ? line + more.slice(0, longestLine - line.length) : line;
}

const messageSchema = z.object({
  Type: z.string(),
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()).nullish() }),
  timeNano: z.number().nullish(),
  time: z.number().nullish(),
});

type Message = z.infer<typeof messageSchema>;

/** Reads one line of Docker's event stream; undefined for what changes no endpoint, `exec_*` of health checks above all. */
export function readEvent(line: string): EngineEvent | undefined {
  if (line.length >= longestLine) return readBeginning(line);
  const parsed = messageSchema.safeParse(parseJson(line));
  if (!parsed.success) return undefined;
  if (parsed.data.Type === "container") return containerEvent(parsed.data);
  if (parsed.data.Type === "network") return networkEvent(parsed.data);
  return undefined;
}

const beginning = /"Type":"container","Action":"([^"]+)","Actor":\{"ID":"([0-9a-f]{64})"/;

/** Of a line that is cut off: which container it is about. Its state tells the rest. */
function readBeginning(line: string): EngineEvent | undefined {
  const [, action = "", containerId] = beginning.exec(line.slice(0, 4096)) ?? [];
  if (containerId === undefined || !containerActions.has(nameOf(action))) return undefined;
  return { containerId, what: healthIn(action) ?? "changed", signal: 0, atMs: 0 };
}

/** None that changes nothing that an inspection tells of, such as `oom`: a container makes as many as it likes. */
const containerActions: ReadonlySet<string> = new Set([
  "start",
  "restart",
  "stop",
  "die",
  "kill",
  "destroy",
  "pause",
  "unpause",
  "rename",
  "update",
  healthAction,
]);

/** What Docker is asked for: each event has all labels of its container, and health probes make three of them. */
export const eventFilters: { readonly type: ("container" | "network")[]; readonly event: string[] } = {
  type: ["container", "network"],
  event: [...containerActions, "connect", "disconnect"],
};

function containerEvent(message: Message): EngineEvent | undefined {
  const action = nameOf(message.Action);
  if (!containerActions.has(action)) return undefined;
  const [containerId, atMs] = [message.Actor.ID, timeOf(message)];
  const signal = Number(message.Actor.Attributes?.["signal"] ?? 0) || 0;
  if (action === "kill") return { containerId, what: "killed", signal, atMs };
  return { containerId, what: action === "die" ? "died" : (healthIn(message.Action) ?? "changed"), signal: 0, atMs };
}

function nameOf(action: string): string {
  return action.split(":", 1)[0] ?? "";
}

function networkEvent(message: Message): EngineEvent | undefined {
  const containerId = message.Actor.Attributes?.["container"];
  if (containerId === undefined || !/^(connect|disconnect)$/.test(message.Action)) return undefined;
  return { containerId, what: "changed", signal: 0, atMs: timeOf(message) };
}

function timeOf({ timeNano, time }: Message): number {
  if (typeof timeNano === "number") return Math.floor(timeNano / 1e6);
  return (time ?? 0) * 1000;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
