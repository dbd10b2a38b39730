import { setTimeout as delay } from "node:timers/promises";
import type { Haproxy, WorkerReading } from "@fairway/haproxy";
import type { Context, Situation } from "./context.ts";
import { endLeftovers } from "./leftovers.ts";
import { foundRunning } from "./read-back.ts";

/** A HAProxy in the middle of a reload does not answer for a moment. */
const patienceMs = 10_000;
const askAgainMs = 200;

/**
 * Finds the HAProxy that an earlier agent left and reads what it runs; with which settings, the first pass finds out.
 * One that does not answer for 10 s is ended: it holds the listeners and nobody can change it.
 */
export async function adopt({ haproxy, log }: Context, situation: Situation): Promise<Situation> {
  const master = await haproxy.find();
  if (!master) return situation;
  try {
    const { info, servers } = await untilAnswered(haproxy);
    log.info({ pid: master.pid, worker: info.pid, servers: servers.length }, "haproxy adopted");
    return { ...situation, master, running: foundRunning(servers), description: info.description };
  } catch (error) {
    log.error({ pid: master.pid, error: String(error) }, "haproxy does not answer, ending it");
    await haproxy.stop(master, 0);
    return situation;
  }
}

async function untilAnswered(haproxy: Haproxy): Promise<WorkerReading> {
  const end = performance.now() + patienceMs;
  for (;;) {
    try {
      const [reading] = await Promise.all([haproxy.read(), haproxy.processes()]);
      return reading;
    } catch (error) {
      if (performance.now() >= end) throw error;
      await delay(askAgainMs);
    }
  }
}

/** Starts HAProxy from the file that it had: nobody has said yet what is desired. */
export async function restartAsItWas(context: Context, situation: Situation): Promise<Situation> {
  await endLeftovers(context);
  const started = await context.haproxy.start(context.signal);
  if (started.ok) return adopt(context, situation);
  context.log.error({ problems: started.problems }, "haproxy did not start again");
  return situation;
}
