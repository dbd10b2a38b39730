import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ask, startChild } from "@fairway/standalone";
import type { LabNode } from "../../test/lab/index.ts";
import { median, ms, seconds, times, whole } from "../figures.ts";
import type { Bench, Measurement } from "../measurement.ts";
import { agentSettings, inLab, whenServed } from "../parts/scene.ts";
import { epochMs, firstTime } from "../parts/served.ts";
import { simulatedRecords } from "../parts/simulated-endpoints.ts";
import { startRegistrars } from "../parts/simulated-registrars.ts";
import { startSimulatedServers } from "../parts/simulated-servers.ts";

type Crowd = { readonly count: number; readonly listeners: number };

/** Many endpoints arrive together in an empty proxy, beside HAProxy's own check and start with the same file. */
export const allAtOnce: Measurement = {
  number: 3,
  title: "Endpoints arriving at once in an empty proxy → all routed",
  run: async (bench) => {
    const count = bench.isQuick ? 1000 : 10_000;
    const repetitions = bench.isQuick ? 1 : 5;
    const rows: (readonly string[])[] = [];
    for (const listeners of [200, 1]) rows.push(await row(bench, { count, listeners }, repetitions));
    return {
      table: {
        head: [
          "endpoints",
          "listeners",
          "all written",
          "all routed",
          "haproxy -c",
          "start",
          "routed / (-c + start)",
          "from the last write on",
          "reloads",
        ],
        rows,
      },
      notes: [
        `medians of ${repetitions}, each in a lab of its own; 20 registrars write at once`,
        "written and routed are counted from before the first put; the last ratio only from the last write on",
        "reloads: how many the agent made of it",
      ],
    };
  },
};

type Arrival = { readonly written: number; readonly routed: number; readonly reloads: number };
type Own = { readonly check: number; readonly start: number };

async function row(bench: Bench, crowd: Crowd, repetitions: number): Promise<readonly string[]> {
  const all: (Arrival & Own)[] = [];
  for (let n = 1; n <= repetitions; n += 1) {
    bench.progress(`${whole(crowd.count)} endpoints behind ${crowd.listeners} listeners: ${n} of ${repetitions}`);
    all.push(await once(crowd));
  }
  const [written, routed, check, start, reloads] = (["written", "routed", "check", "start", "reloads"] as const).map(
    (name) => median(all.map((each) => each[name])),
  ) as [number, number, number, number, number];
  const figures = [
    seconds(written),
    seconds(routed),
    ms(check),
    ms(start),
    times(routed, check + start),
    times(routed - written, check + start),
  ];
  return [whole(crowd.count), whole(crowd.listeners), ...figures, String(reloads)];
}

async function once(crowd: Crowd): Promise<Arrival & Own> {
  return inLab({ registrars: false, agents: agentSettings }, async (lab) => {
    const node = lab.node(1);
    await startSimulatedServers(node, crowd.count);
    const arrival = await arrive(node, lab.etcd.endpoints, crowd);
    // The file follows what runs within a second.
    await delay(2000);
    return { ...arrival, ...(await ownTimes(node)) };
  });
}

async function arrive(node: LabNode, etcd: string, crowd: Crowd): Promise<Arrival> {
  const records = simulatedRecords({ ...crowd, nodes: 20 });
  const registrars = await startRegistrars({
    etcd,
    records: [],
    moreNodes: records.slice(0, 20).map((each) => each.node),
  });
  const from = epochMs();
  for (const record of records) registrars.set(record, record.value);
  const written = registrars.settled().then(() => epochMs() - from);
  await whenServed(node, crowd.count);
  const routed = epochMs() - from;
  const reloads = Number(
    /^fairway_agent_reloads_total (\d+)/m.exec((await node.agent.admin("/metrics")).body)?.[1] ?? 0,
  );
  await registrars.stop();
  return { written: await written, routed, reloads };
}

/** What HAProxy itself takes for the file that the agent wrote. */
async function ownTimes(node: LabNode): Promise<Own> {
  const file = join(node.stateDir, "haproxy.cfg");
  await node.agent.stop();
  await node.agent.subcommand("stop");
  const from = epochMs();
  await node.run("haproxy", "-c", "-f", file);
  const checked = epochMs();
  const logFile = join(node.directory, "own-start.log");
  startChild({ name: "haproxy", command: [...node.wrapper, "haproxy", "-W", "-f", file], logFile });
  const socket = join(node.stateDir, "haproxy.sock");
  const isUp = () => ask(socket, "show info").then(Boolean, () => false);
  const started = await firstTime(isUp, { within: 60_000, what: "HAProxy to start" });
  return { check: checked - from, start: started - checked };
}
