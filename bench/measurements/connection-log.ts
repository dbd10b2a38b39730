import { eventually, type Lab, type LabNode, type LabProxy, whoAnswers } from "../../test/lab/index.ts";
import { runFairway } from "../../test/run-fairway.ts";
import { median, ms, times, whole } from "../figures.ts";
import type { Bench, Measurement } from "../measurement.ts";
import { type ProcessorMs, processorTimeOf } from "../parts/processor-time.ts";
import { inLab } from "../parts/scene.ts";
import { firstPort } from "../parts/simulated-endpoints.ts";

/** What CONNECTION_LOG costs the processor, for each thousand connections. */
export const connectionLog: Measurement = {
  number: 11,
  title: "Processor time for 1,000 connections, with the log of connections and without",
  run: async (bench) => {
    const size = bench.isQuick ? { rounds: 3, connections: 2000 } : { rounds: 5, connections: 4000 };
    const rows = await inLab({ agents: false }, (lab) => rowsIn(bench, lab, size));
    return {
      table: { head: ["CONNECTION_LOG", "HAProxy", "agent", "together", "HAProxy / off", "together / off"], rows },
      notes: [
        `medians of ${size.rounds} rounds of ${whole(size.connections)} connections each, in which the proxies take turns; ratios: medians of each round's`,
        "a connection: one GET of a redis on the same node, 20 clients at a time; what an agent uses at rest is counted with it",
        "user's and system's time of all their processes, as the kernel counts it",
      ],
    };
  },
};

type Size = { readonly rounds: number; readonly connections: number };
type Way = { readonly name: string; readonly proxy: LabProxy };

async function rowsIn({ progress }: Bench, lab: Lab, size: Size): Promise<readonly (readonly string[])[]> {
  const node = lab.node(1);
  const ways = await waysIn(node);
  const rounds: (readonly ProcessorMs[])[] = [];
  // The first one only warms up.
  for (let n = 0; n <= size.rounds; n += 1) {
    progress(`round ${n} of ${size.rounds}`);
    const round = await roundOf(node, ways, { turn: n, connections: size.connections });
    if (n > 0) rounds.push(round);
  }
  return ways.map(({ name }, at) => rowOf(name, rounds, at));
}

/** Three proxies of one node that serve one redis: without a log, with one, and with one that is read as it grows. */
async function waysIn(node: LabNode): Promise<readonly Way[]> {
  const labels = { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": `${firstPort}:6379` };
  await node.runContainer({ labels });
  // Each of so many connections takes a port of its own.
  await node.run("sysctl", "-qw", "net.ipv4.tcp_tw_reuse=1");
  const log = { CONNECTION_LOG: "on" };
  const [logged, read] = [
    await node.addProxy({ name: "logged", env: log }),
    await node.addProxy({ name: "read", env: log }),
  ];
  await Promise.all([node.agent.start({ BIND_ADDRESS: node.address }), logged.agent.start(), read.agent.start()]);
  const ways = [
    { name: "off", proxy: node },
    { name: "on", proxy: logged },
    { name: "on, and read by fairway logs -f", proxy: read },
  ];
  for (const { proxy } of ways) {
    const isServed = async () => (await whoAnswers({ address: proxy.address, port: firstPort })) === "dump.rdb";
    await eventually(isServed, { within: 30_000 });
  }
  // It ends with the lab, when the agent does.
  void runFairway(["logs", "-f"], { ADMIN_LISTEN: `${read.address}:7381` }, { timeoutMs: 0 });
  return ways;
}

type Round = { readonly turn: number; readonly connections: number };

/** What each way used for a thousand connections. */
async function roundOf(
  node: LabNode,
  ways: readonly Way[],
  { turn, connections }: Round,
): Promise<readonly ProcessorMs[]> {
  const used = new Map<Way, ProcessorMs>();
  for (const n of ways.keys()) {
    const way = ways[(n + turn) % ways.length] as Way;
    const before = await processorTimeOf(node, way.proxy);
    await connect(node, way.proxy.address, connections);
    const after = await processorTimeOf(node, way.proxy);
    const thousand = (of: keyof ProcessorMs) => ((after[of] - before[of]) * 1000) / connections;
    used.set(way, { haproxy: thousand("haproxy"), agent: thousand("agent") });
  }
  return ways.map((way) => used.get(way) ?? { haproxy: 0, agent: 0 });
}

/** A new connection for each question. */
async function connect({ run }: LabNode, host: string, count: number): Promise<void> {
  const load = ["-k", "0", "-c", "20", "-n", String(count), "-t", "get", "-q"];
  await run("redis-benchmark", "-h", host, "-p", String(firstPort), ...load);
}

function rowOf(name: string, rounds: readonly (readonly ProcessorMs[])[], at: number): readonly string[] {
  const together = (used: ProcessorMs | undefined) => (used?.haproxy ?? 0) + (used?.agent ?? 0);
  const middle = (of: (used: ProcessorMs | undefined) => number) => ms(median(rounds.map((round) => of(round[at]))));
  const ratio = (of: (used: ProcessorMs | undefined) => number) => {
    return times(median(rounds.map((round) => of(round[at]) / of(round[0]))), 1);
  };
  const haproxy = (used: ProcessorMs | undefined) => used?.haproxy ?? 0;
  const agent = (used: ProcessorMs | undefined) => used?.agent ?? 0;
  return [name, middle(haproxy), middle(agent), middle(together), ratio(haproxy), ratio(together)];
}
