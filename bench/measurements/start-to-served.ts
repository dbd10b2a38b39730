import { median, ms, quantile, times, whole } from "../figures.ts";
import type { Bench, Measurement } from "../measurement.ts";
import { containersOn, type Containers } from "../parts/measured-container.ts";
import type { Probe } from "../parts/probe.ts";
import { probeIn } from "../parts/probe-in-scene.ts";
import { inScene, type Scene } from "../parts/scene.ts";
import { noLongerServed } from "../parts/served.ts";
import { firstPort } from "../parts/simulated-endpoints.ts";

type Size = { readonly endpoints: number; readonly listeners: number };

const sizes: readonly Size[] = [
  { endpoints: 1, listeners: 1 },
  { endpoints: 1000, listeners: 200 },
  { endpoints: 10_000, listeners: 200 },
  { endpoints: 10_000, listeners: 1 },
];
const quickSizes: readonly Size[] = [
  { endpoints: 1, listeners: 1 },
  { endpoints: 1000, listeners: 200 },
];

/** Docker's start event until the proxy serves the container, beside the least that the same parts can take. */
export const startToServed: Measurement = {
  number: 1,
  title: "Docker's start event → the server takes traffic",
  run: async (bench) => {
    const repetitions = bench.isQuick ? 5 : 100;
    const rows: (readonly string[])[] = [];
    for (const size of bench.isQuick ? quickSizes : sizes)
      rows.push(rowOf(size, await measure(bench, size, repetitions)));
    return {
      table: {
        head: [
          "endpoints",
          "listeners",
          "p50",
          "p99",
          "floor p50",
          "floor p99",
          "p50 / floor p50",
          "p99 / floor p50",
          "p99 / floor p99",
          "floor's steps",
        ],
        rows,
      },
      notes: [
        `${repetitions} containers each, started one by one; the floor is taken in turns with them`,
        "counted from the later of Docker's event and the port's first accept until a new connection is answered",
        "the floor's steps: event delivery + inspect + etcd put → watch + one runtime command, medians in ms",
        "the other servers behind the measured port are drained, so that a connection there shows the new one",
      ],
    };
  },
};

type Times = { readonly served: number[]; readonly floor: FloorTimes };
type FloorTimes = {
  readonly event: number[];
  readonly inspect: number[];
  readonly registry: number[];
  readonly command: number[];
};

async function measure({ progress }: Bench, { endpoints, listeners }: Size, repetitions: number): Promise<Times> {
  const name = `${whole(endpoints)} endpoints behind ${listeners} listeners`;
  progress(`${name}: building the lab`);
  const nodes = Math.min(20, endpoints);
  return inScene({ count: endpoints, listeners, nodes, registrars: {} }, async (scene) => {
    const probe = await probeIn(scene);
    const containers = await containersOn(scene.node);
    const times: Times = { served: [], floor: { event: [], inspect: [], registry: [], command: [] } };
    for (let n = -2; n < repetitions; n += 1) {
      // The first ones only warm all programs up.
      progress(`${name}: ${n < 0 ? "warming up" : `${n + 1} of ${repetitions}`}`);
      await once({ scene, probe, containers, times: n < 0 ? undefined : times });
    }
    probe.stop();
    return times;
  });
}

type Turn = {
  readonly scene: Scene;
  readonly probe: Probe;
  readonly containers: Containers;
  readonly times: Times | undefined;
};

/** One container for the floor, then one that is routed. */
async function once({ scene, probe, containers, times }: Turn): Promise<void> {
  const unrouted = await containers.unrouted();
  await unrouted.start();
  const { floor } = await probe.seen(unrouted.id);
  await unrouted.remove();
  const routed = await containers.routed();
  await routed.start();
  const { served } = await probe.seen(routed.id);
  await routed.remove();
  await noLongerServed({ host: scene.node.address, port: firstPort });
  if (floor === undefined || served === undefined || times === undefined) return;
  times.served.push(served.servedMs - Math.max(served.eventMs, served.acceptedMs));
  for (const step of ["event", "inspect", "registry", "command"] as const) times.floor[step].push(floor[step]);
}

function rowOf({ endpoints, listeners }: Size, { served, floor }: Times): readonly string[] {
  const steps = [floor.event, floor.inspect, floor.registry, floor.command];
  const totals = floor.event.map((_, at) => steps.reduce((sum, step) => sum + (step[at] ?? 0), 0));
  const least = { p50: median(totals), p99: quantile(totals, 0.99) };
  const ours = { p50: median(served), p99: quantile(served, 0.99) };
  return [
    whole(endpoints),
    whole(listeners),
    ...[ours.p50, ours.p99, least.p50, least.p99].map(ms),
    times(ours.p50, least.p50),
    times(ours.p99, least.p50),
    times(ours.p99, least.p99),
    steps.map((step) => median(step).toFixed(1)).join(" + "),
  ];
}
