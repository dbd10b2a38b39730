import { median, ms, quantile, times, whole } from "../figures.ts";
import type { Bench, Measurement } from "../measurement.ts";
import { reloaderOffset, startReloader } from "../parts/render-check-reload.ts";
import { inScene, type Scene } from "../parts/scene.ts";
import { epochMs, firstServed, noLongerServed, restBetween } from "../parts/served.ts";
import { firstPort, simulatedRecord } from "../parts/simulated-endpoints.ts";

const measuredNode = "sim-measured";

/** One endpoint more in the registry until it is served: by the proxy agent, and by "render, check, reload". */
export const withoutReload: Measurement = {
  number: 2,
  title: "One endpoint more in the registry → served, beside “render, check, reload”",
  run: async (bench) => {
    const [ours, theirs] = bench.isQuick ? [5, 3] : [60, 20];
    const rows: (readonly string[])[] = [];
    for (const count of bench.isQuick ? [10, 1000] : [10, 1000, 10_000])
      rows.push(await row(bench, count, { ours, theirs }));
    return {
      table: {
        head: ["endpoints", "listeners", "agent p50", "p99", "render, check, reload p50", "p99", "faster (p50)"],
        rows,
      },
      notes: [
        `${ours} changes through the agent, ${theirs} by reload, one at a time, from before the put until a new connection is answered`,
        "render, check, reload as confd does it: list the prefix, write the file, `haproxy -c`, SIGUSR2 to the master; written for this bench",
      ],
    };
  },
};

type Repetitions = { readonly ours: number; readonly theirs: number };

async function row({ progress }: Bench, count: number, { ours, theirs }: Repetitions): Promise<readonly string[]> {
  const listeners = Math.min(count, 200);
  progress(`${whole(count)} endpoints: building the lab`);
  return inScene({ count, listeners, nodes: Math.min(20, count), moreNodes: [measuredNode] }, async (scene) => {
    const { node, registrars } = scene;
    progress(`${whole(count)} endpoints: ${ours} changes through the agent`);
    const own = await changes(scene, { port: firstPort, at: count, repetitions: ours });
    await node.agent.stop();
    const reloader = await startReloader(node, registrars.client);
    progress(`${whole(count)} endpoints: ${theirs} changes by reload`);
    const other = await changes(scene, { port: firstPort + reloaderOffset, at: count, repetitions: theirs });
    await reloader.stop();
    const figures = [ms(median(own)), ms(quantile(own, 0.99)), ms(median(other)), ms(quantile(other, 0.99))];
    return [whole(count), whole(listeners), ...figures, times(median(other), median(own))];
  });
}

type Changes = { readonly port: number; readonly at: number; readonly repetitions: number };

/** The endpoint comes and goes; how long it took each time until it was served. The first ones only warm up. */
async function changes({ node, registrars }: Scene, { port, at, repetitions }: Changes): Promise<readonly number[]> {
  const front = { host: node.address, port };
  const record = simulatedRecord({ at, port: firstPort, node: measuredNode }, "ready");
  const taken: number[] = [];
  for (let n = -2; n < repetitions; n += 1) {
    await restBetween(n);
    const from = epochMs();
    registrars.set(record, record.value);
    const servedMs = (await firstServed(front)) - from;
    if (n >= 0) taken.push(servedMs);
    registrars.set(record, undefined);
    await noLongerServed(front);
  }
  return taken;
}
