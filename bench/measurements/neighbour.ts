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

/** Docker's start event until the proxy serves the container, with and without a neighbour that takes what he can. */
export const neighbour: Measurement = {
  number: 8,
  title: "Docker's start event → the server takes traffic, beside a neighbour",
  run: async (bench) => {
    const repetitions = bench.isQuick ? 3 : 30;
    const facts = { count: 100, listeners: 20, nodes: 10, registrars: {}, moreNodes: [neighbourNode] };
    const rows = await inScene(facts, (scene) => rowsIn(bench, scene, repetitions));
    return {
      table: { head: ["neighbour", "p50 without", "p50 with", "with / without"], rows },
      notes: [
        `medians of ${repetitions} containers each, half of those without before and half after the neighbour`,
        "counted as in 1, on the node of the neighbour",
      ],
    };
  },
};

async function rowsIn({ progress }: Bench, scene: Scene, repetitions: number): Promise<readonly (readonly string[])[]> {
  const probe = await probeIn(scene);
  const containers = await containersOn(scene.node);
  // The first ones only warm all programs up.
  await measure({ scene, probe, containers, count: 2 });
  const rows: (readonly string[])[] = [];
  for (const each of neighbours) {
    progress(each.name);
    rows.push(await rowOf(each, { scene, probe, containers, count: repetitions }));
  }
  return rows;
}

type Turn = { readonly scene: Scene; readonly probe: Probe; readonly containers: Containers; readonly count: number };

async function rowOf({ name, begin }: Neighbour, turn: Turn): Promise<readonly string[]> {
  const half = Math.ceil(turn.count / 2);
  const before = await measure({ ...turn, count: half });
  const end = await begin(turn.scene);
  await delay(settleMs);
  const beside = await measure(turn);
  await end();
  await delay(settleMs);
  const without = [...before, ...(await measure({ ...turn, count: half }))];
  return [name, ms(median(without)), ms(median(beside)), times(median(beside), median(without))];
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
