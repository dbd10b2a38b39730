import type { ServerCommand } from "@fairway/haproxy";
import { applyCommands } from "../plan/apply-plan.ts";
import type { Context, Situation } from "./context.ts";
import { deletedInWorker, withoutPaths } from "./departures.ts";
import { retire } from "./retire.ts";

/** Moves servers on their way out one step on. Rejects when HAProxy does not answer. */
export async function retireStep({ haproxy, log }: Context, situation: Situation): Promise<Situation> {
  const { running, departures } = situation;
  if (!running) return situation;
  const { deleted, over, sessionsEnded } = await retire(haproxy, departures, performance.now());
  const commands = deleted.flatMap((path): readonly ServerCommand[] => {
    const { listener, name } = departures.get(path) ?? {};
    return listener === undefined || name === undefined ? [] : [{ do: "delete", listener, name }];
  });
  if (sessionsEnded > 0) log.info({ sessionsEnded }, "sessions to gone servers ended");
  return {
    ...situation,
    running: applyCommands(running, commands),
    departures: withoutPaths(deletedInWorker(departures, deleted), over),
  };
}
