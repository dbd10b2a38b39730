import { CommandFailed } from "@fairway/standalone";
import { composeLabels, containerOf, EngineRefused, namedRedis, proxyLabels } from "../lab/index.ts";
import type { LabContainer, LabNode } from "../lab/index.ts";
import type { Fault } from "./fault.ts";
import type { Random } from "../random.ts";

/** Where the containers are served. */
export const chaosPort = 6379;

const mostContainers = 4;

/** Starts a container that is served; it returns with its engine. */
export function startServer(node: Pick<LabNode, "runContainer">, name: string): Promise<LabContainer> {
  const labels = { ...composeLabels("shop", "redis"), ...proxyLabels(`${chaosPort}:6379`) };
  return node.runContainer({
    name,
    labels,
    publish: ["6379"],
    command: namedRedis(name),
    options: ["--restart", "always"],
  });
}

/** The containers that run on a node and are not paused: ids as Docker shows them. */
export async function runningIds({ api }: Pick<LabNode, "api">): Promise<readonly string[]> {
  const filters = encodeURIComponent(JSON.stringify({ status: ["running"] }));
  const running = (await api.ask("GET", `/containers/json?filters=${filters}`)) as readonly { readonly Id: string }[];
  return running.map(({ Id }) => Id.slice(0, 12));
}

/** Lives and deaths of a node's containers, its engine and its cable. */
export function nodeFaults(node: LabNode, random: Random): readonly Fault[] {
  const { name, engine, cut, heal } = node;
  const of = `containers of ${name}`;
  let started = 0;
  const anyOne = async () => {
    const ids = await runningIds(node);
    return ids.length === 0 ? undefined : containerOf(node, random.oneOf(ids), "");
  };
  const toOne = (what: string, act: (container: LabContainer) => Promise<unknown>): Fault => ({
    name: `a container of ${name} ${what}`,
    of,
    longestMs: 0,
    begin: async () => {
      const one = await anyOne();
      // It may end by itself between the two.
      if (one) await act(one).catch(ignoreRefusal);
    },
    end: () => Promise.resolve(),
  });
  const starts: Fault = {
    name: `a container of ${name} starts`,
    of,
    longestMs: 0,
    begin: async () => {
      if ((await runningIds(node)).length < mostContainers) await startServer(node, `${name}-chaos-${(started += 1)}`);
    },
    end: () => Promise.resolve(),
  };
  return [
    // As many as there are ways to end.
    starts,
    starts,
    starts,
    starts,
    toOne("stops", (one) => one.stop()),
    toOne("is killed", (one) => one.kill()),
    toOne("is removed", (one) => one.remove()),
    toOne("restarts", (one) => one.restart()),
    {
      name: `containers of ${name} are paused`,
      of,
      longestMs: 3000,
      begin: async () => (await anyOne())?.pause().catch(ignoreRefusal),
      end: () => unpauseAll(node),
    },
    hangingInspection(node, of, random),
    // Containers live through the stop of an engine that was started with live-restore, and end with one that was not.
    { name: `the engine of ${name} stops`, of, longestMs: 3000, begin: engine.stop, end: () => engine.start() },
    {
      name: `the engine of ${name} stops, and is started with live-restore`,
      of,
      longestMs: 3000,
      begin: engine.stop,
      end: () => engine.start(["--live-restore"]),
    },
    {
      name: `the engine of ${name} stands still`,
      of,
      isForLongRuns: true,
      longestMs: 8000,
      begin: async () => engine.signal("SIGSTOP"),
      end: async () => engine.signal("SIGCONT"),
    },
    { name: `${name} is cut off`, of: `cable of ${name}`, longestMs: 12_000, begin: cut, end: heal },
  ];
}

async function unpauseAll({ docker }: Pick<LabNode, "docker">): Promise<void> {
  const paused = (await docker("ps", "--quiet", "--filter", "status=paused")).split("\n").filter(Boolean);
  if (paused.length > 0) await docker("unpause", ...paused);
}

/** A container that is to be paused while its shim stands still: its engine keeps it locked, and no inspection of it ends. */
function hangingInspection(node: LabNode, of: string, random: Random): Fault {
  const { name, docker, run } = node;
  const shims = new Set<string>();
  let pausing: Promise<unknown> = Promise.resolve();
  return {
    name: `inspections of a container of ${name} hang`,
    of,
    isForLongRuns: true,
    longestMs: 8000,
    begin: async () => {
      const ids = await runningIds(node);
      if (ids.length === 0) return;
      const id = random.oneOf(ids);
      shims.add(`[c]ontainerd-shim.* -id ${id}`);
      await signalShims("-STOP");
      pausing = docker("pause", id).catch(ignoreRefusal);
    },
    end: async () => {
      await signalShims("-CONT");
      shims.clear();
      await pausing;
      await unpauseAll(node);
    },
  };

  /** One may have ended by itself. */
  async function signalShims(signal: "-STOP" | "-CONT"): Promise<void> {
    for (const shim of shims) await run("pkill", signal, "--full", shim).catch(() => undefined);
  }
}

/** Docker's refusal to act on a container that is not there any more. Throws anything else. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof CommandFailed || error instanceof EngineRefused)) throw error;
}
