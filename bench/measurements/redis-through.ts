import { eventually, whoAnswers } from "../../test/lab/index.ts";
import type { Lab, LabNode } from "../../test/lab/index.ts";
import { median, times, whole } from "../figures.ts";
import type { Bench, Measurement } from "../measurement.ts";
import { plainHead, startPlainHaproxy } from "../parts/plain-haproxy.ts";
import { getsPerSecond, setValue } from "../parts/redis-benchmark.ts";
import { inLab } from "../parts/scene.ts";
import { firstPort } from "../parts/simulated-endpoints.ts";

const plainPort = 17_000;
const publishedPort = 30_000;

/** Requests a second at redis: directly, through a minimal HAProxy, and through Fairway's. */
export const redisThrough: Measurement = {
  number: 6,
  title: "redis-benchmark through the proxy",
  run: async (bench) => {
    const rounds = bench.isQuick ? 3 : 5;
    const rows = await inLab({ nodes: 2 }, async (lab) => rowsIn(bench, lab, rounds));
    return {
      table: {
        head: ["from", "clients", "value", "direct", "plain HAProxy", "Fairway", "Fairway / direct", "Fairway / plain"],
        rows,
      },
      notes: [
        `GET, requests a second, medians of ${rounds} rounds in which the three take turns in changing order; ratios: medians of each round's`,
        "plain HAProxy: one `listen` with one server, mode tcp, three timeouts, nothing else",
        "client, proxy and redis share the machine's cores: between two nodes there is a virtual cable, no network card",
      ],
    };
  },
};

type Way = { readonly host: string; readonly port: number };
type Place = { readonly name: string; readonly from: LabNode; readonly ways: readonly [Way, Way, Way] };
type Load = { readonly clients: number; readonly valueBytes: number; readonly requests: number };

const loads: readonly Load[] = [
  { clients: 1, valueBytes: 3, requests: 6000 },
  { clients: 50, valueBytes: 3, requests: 25_000 },
  { clients: 1, valueBytes: 65_536, requests: 3000 },
  { clients: 50, valueBytes: 65_536, requests: 6000 },
];

async function rowsIn(bench: Bench, lab: Lab, rounds: number): Promise<readonly (readonly string[])[]> {
  const rows: (readonly string[])[] = [];
  for (const place of await placesIn(lab)) {
    for (const load of loads) {
      bench.progress(`${place.name}, ${load.clients} clients, ${load.valueBytes} bytes`);
      rows.push(rowOf(place, load, await measure(place, load, rounds)));
    }
  }
  return rows;
}

/** The redis runs on the first node; clients stand beside it and on the second. */
async function placesIn(lab: Lab): Promise<readonly Place[]> {
  const [one, two] = [lab.node(1), lab.node(2)];
  const labels = { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": `${firstPort}:6379` };
  const redis = await one.runContainer({ labels, publish: [`${publishedPort}:6379`] });
  const inside = { host: await redis.address(), port: 6379 };
  const published = { host: one.address, port: publishedPort };
  return Promise.all([place("the same node", one, inside), place("another node", two, published)]);
}

async function place(name: string, from: LabNode, direct: Way): Promise<Place> {
  const server = `  server redis ${direct.host}:${direct.port}`;
  const lines = [...plainHead, "listen plain", `  bind 127.0.0.1:${plainPort}`, server];
  await startPlainHaproxy(from, { name: "plain", lines });
  const isServed = async () => (await whoAnswers({ address: from.address, port: firstPort })) === "dump.rdb";
  await eventually(isServed, { within: 20_000 });
  const host = "127.0.0.1";
  return { name, from, ways: [direct, { host, port: plainPort }, { host, port: firstPort }] };
}

/** Requests a second of each way, by round. */
async function measure({ from, ways }: Place, load: Load, rounds: number): Promise<readonly Round[]> {
  await setValue({ from, ...ways[0], valueBytes: load.valueBytes });
  const all: Round[] = [];
  for (let n = -1; n < rounds; n += 1) {
    const round: [number, number, number] = [0, 0, 0];
    for (const turn of [0, 1, 2]) {
      const at = (turn + n + 1) % 3;
      round[at] = await getsPerSecond({ from, ...(ways[at] ?? ways[0]), ...load });
    }
    // The first one only warms up.
    if (n >= 0) all.push(round);
  }
  return all;
}

type Round = readonly [direct: number, plain: number, ours: number];

function rowOf({ name }: Place, { clients, valueBytes }: Load, rounds: readonly Round[]): readonly string[] {
  const rates = ([0, 1, 2] as const).map((at) => whole(median(rounds.map((round) => round[at]))));
  const ratio = (of: 0 | 1) => times(median(rounds.map((round) => round[2] / round[of])), 1);
  const value = valueBytes < 1024 ? `${valueBytes} B` : `${valueBytes / 1024} KB`;
  return [name, String(clients), value, ...rates, ratio(0), ratio(1)];
}
