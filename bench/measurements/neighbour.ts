import { setTimeout as delay } from "node:timers/promises";
import { median, ms, times } from "../figures.ts";
import type { Bench, Measurement } from "../measurement.ts";
import { type Containers, containersOn } from "../parts/measured-container.ts";
import { type Neighbour, neighbourNode, neighbours } from "../parts/neighbours.ts";
import type { Probe } from "../parts/probe.ts";
import { probeIn } from "../parts/probe-in-scene.ts";
import { inScene, type Scene } from "../parts/scene.ts";
import { noLongerServed } from "../parts/served.ts";
import { firstPort } from "../parts/simulated-endpoints.ts";

/** How long a neighbour is at it before others are measured. */
const settleMs = 5000;

const head = ["neighbour", "p50 without", "p50 with", "with / without", "p50 unlabelled", "with / unlabelled"];

/** Docker's start event until the proxy serves the container, with and without a neighbour that takes what he can. */
export const neighbour: Measurement = {
  number: 8,
  title: "Docker's start event → the server takes traffic, beside a neighbour",
  rows: neighbours.map(({ name }) => name),
  run: async (bench) => {
    const repetitions = bench.isQuick ? 3 : 30;
    const facts = { count: 100, listeners: 20, nodes: 10, registrars: {}, moreNodes: [neighbourNode] };
    const rows = await inScene(facts, (scene) => rowsIn(bench, scene, repetitions));
    return {
      table: { head, rows },
      notes: [
        `medians of ${repetitions} containers each, half of those without before and half after the neighbour`,
        "unlabelled: beside the same containers with labels that are nobody's, which keep Docker as busy and Fairway not at all",
        "counted as in 1, on the node of the neighbour",
      ],
    };
  },
};

async function rowsIn(
  { progress, only = "" }: Bench,
  scene: Scene,
  repetitions: number,
): Promise<readonly (readonly string[])[]> {
  const probe = await probeIn(scene);
  const containers = await containersOn(scene.node);
  // The first ones only warm all programs up.
  await measure({ scene, probe, containers, count: 2 });
  const rows: (readonly string[])[] = [];
  for (const each of neighbours.filter(({ name }) => name.includes(only))) {
    progress(each.name);
    rows.push(await rowOf(each, { scene, probe, containers, count: repetitions }));
  }
  return rows;
}

type Turn = { readonly scene: Scene; readonly probe: Probe; readonly containers: Containers; readonly count: number };

async function rowOf({ name, begin, beginUnlabelled }: Neighbour, turn: Turn): Promise<readonly string[]> {
  const half = { ...turn, count: Math.ceil(turn.count / 2) };
  const before = await measure(half);
  const beside = median(await measureBeside(turn, begin));
  const control = beginUnlabelled ? median(await measureBeside(turn, beginUnlabelled)) : undefined;
  const without = median([...before, ...(await measure(half))]);
  const ratios = control === undefined ? ["–", "–"] : [ms(control), times(beside, control)];
  return [name, ms(without), ms(beside), times(beside, without), ...ratios];
}

async function measureBeside(turn: Turn, begin: Neighbour["begin"]): Promise<readonly number[]> {
  const end = await begin(turn.scene);
  await delay(settleMs);
  const taken = await measure(turn);
  await end();
  await delay(settleMs);
  return taken;
}

async function measure({ count, ...turn }: Turn): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let n = 0; n < count; n += 1) taken.push(await once(turn));
  return taken;
}

async function once({ scene, probe, containers }: Omit<Turn, "count">): Promise<number> {
  const container = await containers.routed();
  await container.start();
  const { served } = await probe.seen(container.id);
  await container.remove();
  await noLongerServed({ host: scene.node.address, port: firstPort });
  if (served === undefined) throw new Error("the probe saw no start");
  return served.servedMs - Math.max(served.eventMs, served.acceptedMs);
}
