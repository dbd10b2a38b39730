import { setTimeout as delay } from "node:timers/promises";
import { askWorker, requestReload, showProc, type Socket } from "../runtime/sockets.ts";
import { showInfo } from "../runtime/commands.ts";
import type { ConfigProblem } from "../tables/problems.ts";
import { outputSize, problemsSince } from "./output.ts";
import { parseShowInfo } from "../tables/worker.ts";
import type { Processes } from "../tables/show-proc.ts";

/** How a reload ended. Not `ok`: the workers from before go on. */
export type ReloadOutcome =
  { readonly ok: true; readonly worker: number } | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** What a reload needs of an installation. */
export type ReloadSockets = {
  readonly master: Socket;
  readonly worker: Socket;
  readonly outputFile: string;
  readonly configFile: string;
};

/** How long a reload may take, from the signal to the new worker. */
const reloadMs = 60_000;
/** How often it is looked whether a reload has ended. */
const lookEveryMs = 10;

/**
 * Lets the master read its configuration file again and hand its sockets to a new worker. Resolves once that worker
 * answers on the stats socket, or with what HAProxy complained of. One at a time is the
 * caller's duty; one that has begun is seen to its end.
 * Rejects when the master is gone or neither happens within a minute.
 */
export async function reloadHaproxy(sockets: ReloadSockets): Promise<ReloadOutcome> {
  const { master, outputFile, configFile } = sockets;
  const before = await showProc(master);
  const offset = await outputSize(outputFile);
  await requestReload(master).catch(() => "the master hangs up when it executes itself anew");
  const after = await untilReloaded(master, before);
  const worker = after.workers.find((pid) => !before.workers.includes(pid));
  if (after.failedReloads > 0 || worker === undefined) {
    return { ok: false, problems: await problemsSince(outputFile, offset, configFile) };
  }
  await until(() => answersAs(sockets.worker, worker));
  return { ok: true, worker };
}

async function untilReloaded(master: Socket, before: Processes): Promise<Processes> {
  let now = before;
  await until(async () => {
    now = (await tryShowProc(master)) ?? now;
    return now.reloads !== before.reloads && (now.failedReloads > 0 || now.workers.length > 0);
  });
  return now;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + reloadMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`HAProxy did not end its reload within ${reloadMs} ms`);
    await delay(lookEveryMs);
  }
}

/** The master's socket is away for a moment while it executes itself anew. */
async function tryShowProc(master: Socket): Promise<Processes | undefined> {
  try {
    return await showProc(master);
  } catch {
    return undefined;
  }
}

async function answersAs(socket: Socket, pid: number): Promise<boolean> {
  try {
    const [info = ""] = await askWorker(socket, [showInfo]);
    return parseShowInfo(info).pid === pid;
  } catch {
    return false;
  }
}
