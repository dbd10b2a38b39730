import type { Context, Situation } from "./context.ts";
import { endLeftovers } from "./leftovers.ts";
import { foundRunning } from "./read-back.ts";

/** Finds the HAProxy that an earlier agent left and reads what it runs; with which settings, the first pass finds out. */
export async function adopt({ haproxy, log, disk }: Context, situation: Situation): Promise<Situation> {
  const master = await haproxy.find();
  if (!master) return situation;
  try {
    const [{ info, servers }] = await Promise.all([haproxy.read(), haproxy.processes()]);
    log.info({ pid: master.pid, worker: info.pid, servers: servers.length }, "haproxy adopted");
    return { ...situation, master, running: foundRunning(servers), description: info.description };
  } catch (error) {
    log.error({ pid: master.pid, error: String(error) }, "haproxy does not answer, ending it");
    await haproxy.stop(master, 0);
    disk.touch();
    return situation;
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
