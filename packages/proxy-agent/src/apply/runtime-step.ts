import type { Desired } from "../desired/desired.ts";
import { applyCommands } from "../plan/apply-plan.ts";
import { serverPath } from "@fairway/haproxy";
import { serverOfCommand, type ServerCommand } from "@fairway/haproxy";
import type { Running } from "../plan/running.ts";
import type { Context, Situation, Step } from "./context.ts";
import { begunRamps } from "./ramps.ts";
import { runCommands } from "./runtime.ts";

/** What runtime commands have come to, or why a reload is needed. */
export type RuntimeStep = { readonly ok: true; readonly step: Step } | { readonly ok: false; readonly reason: string };

/** Carries out changes of servers at run time; the files follow. */
export async function runtimeStep(
  context: Context,
  situation: Situation & { readonly running: Running },
  { served, commands }: { readonly served: Desired; readonly commands: readonly ServerCommand[] },
): Promise<RuntimeStep> {
  const { haproxy, disk, slowStartMs, log } = context;
  const outcome = await runCommands(haproxy, { running: situation.running, commands, slowStartMs });
  if (!outcome.ok) return outcome;
  log.info(told(commands), "servers changed");
  log.debug({ commands }, "runtime commands done");
  disk.touch();
  const running = applyCommands(situation.running, commands);
  const arrived = { before: situation.running, commands, now: performance.now() };
  const ramps = slowStartMs > 0 ? begunRamps(situation.ramps, arrived) : situation.ramps;
  return {
    ok: true,
    step: {
      situation: { ...situation, running, served, ramps },
      outcome: { ok: true, how: "runtime", reasons: [], commands: outcome.sent },
    },
  };
}

const mostTold = 5;

/** The first few changes in words, and how many there are. */
function told(commands: readonly ServerCommand[]): { readonly changes: readonly string[]; readonly count: number } {
  const changes = commands.slice(0, mostTold).map((command) => {
    return `${command.do} ${serverPath(command.listener, serverOfCommand(command))}`;
  });
  return { changes, count: commands.length };
}
