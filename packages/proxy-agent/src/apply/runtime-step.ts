import type { Desired } from "../desired/desired.ts";
import { applyCommands } from "../plan/apply-plan.ts";
import type { ServerCommand } from "../plan/plan-result.ts";
import type { Running } from "../plan/running.ts";
import { serverPath } from "../haproxy/command-line.ts";
import type { Context, Situation, Step } from "./context.ts";
import { departing, withoutPaths, type Departure, type Departures } from "./departures.ts";
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
  const departures = departuresAfter(situation.departures, commands, {
    served: servedPaths(served),
    deadline: performance.now() + drainTimeoutMs,
  });
  const running = applyCommands(situation.running, commands);
  return {
    ok: true,
    step: {
      situation: { ...situation, running, served, departures },
      outcome: { ok: true, how: "runtime", reasons: [], commands: outcome.sent },
    },
  };
}

type Leaving = { readonly served: (path: string) => boolean; readonly deadline: number };

function departuresAfter(
  before: Departures,
  commands: readonly ServerCommand[],
  { served, deadline }: Leaving,
): Departures {
  const leaving: Departure[] = [];
  const staying: string[] = [];
  for (const command of commands) {
    const { listener } = command;
    const name = command.do === "add" ? command.server.name : command.name;
    const isEnding = command.do === "maint";
    const isLeaving = isEnding || (command.do === "drain" && !served(serverPath(listener, name)));
    if (isLeaving) leaving.push({ listener, name, deadline: isEnding ? deadline : undefined, isInWorker: true });
    else staying.push(serverPath(listener, name));
  }
  return departing(withoutPaths(before, staying), leaving);
}

/** Looks the paths up only when somebody asks: most changes do not. */
function servedPaths({ listeners }: Desired): (path: string) => boolean {
  let paths: ReadonlySet<string> | undefined;
  return (path) => {
    paths ??= new Set(listeners.flatMap(({ port, servers }) => servers.map(({ name }) => serverPath(port, name))));
    return paths.has(path);
  };
}
