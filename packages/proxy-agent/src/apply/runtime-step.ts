import type { Desired } from "../desired/desired.ts";
import { applyCommands } from "../plan/apply-plan.ts";
import type { ServerCommand } from "../plan/plan-result.ts";
import type { Running } from "../plan/running.ts";
import { serverPath } from "../haproxy/command-line.ts";
import type { Context, Situation, Step } from "./context.ts";
import { departing, withoutPaths, type Departures } from "./departures.ts";
import { runCommands } from "./runtime.ts";

/** What runtime commands have come to, or why a reload is needed. */
export type RuntimeStep = { readonly ok: true; readonly step: Step } | { readonly ok: false; readonly reason: string };

/** Carries out changes of servers at run time; servers that leave are kept in mind until they are deleted. */
export async function runtimeStep(
  context: Context,
  situation: Situation & { readonly running: Running },
  { served, commands }: { readonly served: Desired; readonly commands: readonly ServerCommand[] },
): Promise<RuntimeStep> {
  const { haproxy, disk, drainTimeoutMs, log } = context;
  const outcome = await runCommands(haproxy, situation.running, commands);
  if (!outcome.ok) return outcome;
  log.debug({ commands }, "runtime commands done");
  disk.touch();
  const deadline = performance.now() + drainTimeoutMs;
  const departures = commands.reduce(
    (left, command) => withCommand(left, command, { served, deadline }),
    situation.departures,
  );
  const running = applyCommands(situation.running, commands);
  return {
    ok: true,
    step: {
      situation: { ...situation, running, served, departures },
      outcome: { ok: true, how: "runtime", reasons: [], commands: outcome.sent },
    },
  };
}

type Leaving = { readonly served: Desired; readonly deadline: number };

function withCommand(departures: Departures, command: ServerCommand, { served, deadline }: Leaving): Departures {
  const { listener } = command;
  const name = command.do === "add" ? command.server.name : command.name;
  if (command.do === "maint") return departing(departures, { listener, name, deadline, isInWorker: true });
  if (command.do === "drain" && !isServed(served, listener, name)) {
    return departing(departures, { listener, name, deadline: undefined, isInWorker: true });
  }
  return departures.size === 0 ? departures : withoutPaths(departures, [serverPath(listener, name)]);
}

function isServed({ listeners }: Desired, port: number, name: string): boolean {
  return listeners.find((listener) => listener.port === port)?.servers.some((server) => server.name === name) ?? false;
}
