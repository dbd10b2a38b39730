import { once } from "node:events";
import { resolve } from "node:path";
import { removeDemo, startDemo, startDemoAgain } from "./demo/demo.ts";
import type { Demo } from "./demo/demo.ts";
import { prove } from "./demo/proof.ts";
import { chooseEngine } from "./engine/choose-engine.ts";
import type { Engine } from "./engine/engine.ts";
import { groundAt, prepareGround } from "./ground/ground.ts";
import type { Ground } from "./ground/ground.ts";
import { removeLeftovers } from "./leftovers.ts";
import { takeGround } from "./ground/only-one.ts";
import { startPrograms } from "./parts/programs.ts";
import { startRegistry } from "./parts/registry.ts";
import type { Parts } from "./parts.ts";
import { freePortFrom } from "./ports/free-port.ts";
import { until } from "./processes/until.ts";
import { followTable } from "./screen/follow.ts";
import { shownListeners } from "./screen/shown-listeners.ts";
import type { ShownProxy } from "./screen/shown-listeners.ts";
import { table } from "./screen/table.ts";
import { tryIt } from "./screen/try-it.ts";
import { undoList } from "./undo.ts";

/** What running Fairway whole on one machine needs; `directory` holds its files unless the settings name another. */
export type StandaloneOptions = Pick<Parts, "settings" | "env" | "say" | "signal"> & { readonly directory: string };

/** Rejects when a part has failed for good. */
type Running = { readonly failed: Promise<never> };

const statsPort = 1936;

/**
 * Runs Fairway whole on one machine, with a demo behind it, until the signal aborts: etcd, engine, registrar, proxy
 * agent with HAProxy, two redis containers. Whatever it started is stopped and removed before it resolves or throws.
 */
export async function runStandalone(options: StandaloneOptions): Promise<void> {
  const { settings, directory, say, signal } = options;
  const ground = groundAt(resolve(settings.directory ?? directory));
  const undo = undoList(say);
  const giveBack = await takeGround(ground);
  try {
    await removeLeftovers(ground);
    undo.add("remove what was left", () => removeLeftovers(ground));
    await prepareGround(ground);
    say(`logs: ${ground.logs}/`);
    const { failed } = await startAll({ ...options, ground, undo });
    signal.throwIfAborted();
    await Promise.race([failed, once(signal, "abort")]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    say("\nstopping");
    await undo.all();
    await giveBack();
    say(whatStays(ground));
  }
}

function whatStays({ directory }: Ground): string {
  return `images, logs and containers of your own stay in Fairway's directory; to remove them: rm -rf ${directory}`;
}

async function startAll(parts: Parts): Promise<Running> {
  const { settings, ground, undo, say, signal } = parts;
  const registry = await startRegistry(parts);
  const whenAgain = (host: string) => startDemoAgain({ docker: dockerAt(host), ground });
  const engine = await chooseEngine({ dockerHost: settings.dockerHost, ground, whenAgain, say, signal });
  undo.add("stop the Docker engine", engine.stop);
  const demo = await prepareDemo(parts, engine);
  const stats = await freePortFrom(statsPort);
  const { kept, adminPorts, pagePort } = await startPrograms(parts, { registry, engine, statsPort: stats.port });
  undo.add("remove the demo's containers", async () => {
    // A dead engine of our own has none that live; the next start removes them.
    if (engine.isRunning()) await removeDemo(demo);
  });
  const { image } = await showDemo(parts, demo, { stateDir: ground.proxy, agentPort: adminPorts.agent });
  const { port } = demo;
  const { etcdPrefix, directory } = settings;
  const lines = tryIt({
    port,
    engine,
    image,
    directory,
    etcdEndpoints: registry.endpoints,
    etcdPrefix,
    adminPorts,
    statsPort: stats.port,
    pagePort,
  });
  for (const line of lines) say(line);
  say(`\nready: redis-cli -p ${port} ping`);
  return { failed: Promise.race([...registry.kept, ...kept, engine].map(({ failed }) => failed)) };
}

async function prepareDemo({ settings, ground, say, signal }: Parts, { dockerHost }: Engine): Promise<Demo> {
  const { port, taken } = await freePortFrom(settings.fairwayPort);
  if (taken !== undefined) say(`${taken}; taking port ${port} instead`);
  const demo: Demo = { docker: dockerAt(dockerHost), ground, port, say, signal };
  await removeDemo(demo);
  return demo;
}

/** Starts the containers, shows how HAProxy holds them, and proves that they can be used. */
async function showDemo(
  { undo, say, signal }: Parts,
  demo: Demo,
  proxy: ShownProxy,
): Promise<{ readonly image: string }> {
  const running = await startDemo(demo);
  const areBoth = async () => {
    const listeners = await shownListeners(proxy);
    return (listeners.find(({ port }) => port === demo.port)?.servers.length ?? 0) >= 2;
  };
  await until(areBoth, { what: `HAProxy listens on port ${demo.port} with both servers`, withinMs: 60_000, signal });
  await prove(demo, running);
  const from = await shownListeners(proxy);
  say(`\n${table(from)}`);
  const following = new AbortController();
  undo.add("stop showing the table", async () => following.abort());
  void followTable({ proxy, from, say, signal: following.signal });
  return running;
}

function dockerAt(dockerHost: string): Demo["docker"] {
  return ["docker", "--host", dockerHost];
}
