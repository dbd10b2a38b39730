import { setTimeout as delay } from "node:timers/promises";
import { encode, type EndpointRecord } from "@fairway/contract";
import type { Lab } from "../../test/lab/index.ts";
import { digits, megabytes, ms, seconds, whole } from "../figures.ts";
import type { Bench, Measurement } from "../measurement.ts";
import { etcdCounters } from "../parts/etcd-counters.ts";
import { inLab } from "../parts/scene.ts";
import { epochMs } from "../parts/served.ts";
import { type SimulatedRecord, simulatedRecords } from "../parts/simulated-endpoints.ts";
import { type SimulatedRegistrars, startRegistrars } from "../parts/simulated-registrars.ts";
import { type Delivered, startSubscribers, type Subscribers, writtenAt } from "../parts/subscribers.ts";

type Size = {
  readonly nodes: number;
  readonly endpoints: number;
  readonly subscriptions: number;
  readonly perSecond: number;
  readonly forS: number;
};

const size: Size = { nodes: 1000, endpoints: 50_000, subscriptions: 20, perSecond: 100, forS: 60 };
const warmUpS = 5;
const quickSize: Size = { nodes: 50, endpoints: 2500, subscriptions: 5, perSecond: 100, forS: 5 };

/** The registry with as many registrars, endpoints and subscriptions as a large cluster has. */
export const cluster: Measurement = {
  number: 7,
  title: "The registry at cluster size",
  run: async (bench) => {
    const now = bench.isQuick ? quickSize : size;
    const { nodes, endpoints, subscriptions, perSecond, forS } = now;
    const rows = await inLab({ nodes: 0 }, (lab) => rowsIn(bench, lab, now));
    return {
      table: { head: ["what", "figure"], rows },
      notes: [
        `${whole(nodes)} registrars' publishers with a lease and a connection each, ${whole(endpoints)} endpoints, one etcd`,
        `${subscriptions} subscriptions to everything in one other process; ${perSecond} changes a second for ${forS} s, open loop`,
        "delivery: from telling the publisher until a subscription tells of it",
      ],
    };
  },
};

async function rowsIn({ progress }: Bench, lab: Lab, now: Size): Promise<readonly (readonly string[])[]> {
  const records = simulatedRecords({ count: now.endpoints, listeners: 200, nodes: now.nodes });
  progress(`${whole(now.nodes)} registrars write ${whole(now.endpoints)} endpoints`);
  const begin = epochMs();
  const registrars = await startRegistrars({ etcd: lab.etcd.endpoints, records, clients: now.nodes });
  const written = epochMs() - begin;
  progress(`${now.subscriptions} subscriptions list`);
  const subscribers = await startSubscribers({ etcd: lab.etcd.endpoints, count: now.subscriptions });
  progress(`${now.perSecond} changes a second for ${now.forS} s`);
  await change(registrars, records, { ...now, forS: warmUpS });
  const before = await etcdCounters(lab.etcd);
  const changes = await change(registrars, records, now);
  const after = await etcdCounters(lab.etcd);
  const delivered = await settled(subscribers, changes * now.subscriptions);
  await registrars.stop();
  const listed = seconds(subscribers.listedMs);
  const perSecond = (name: "transactions" | "keepalives") => digits((after[name] - before[name]) / now.forS);
  return [
    ["everything written, from nothing", seconds(written)],
    [`${now.subscriptions} subscriptions listed everything`, listed],
    ["changes made", whole(changes)],
    ["of all deliveries, seen", `${digits((100 * delivered.deliveries) / (changes * now.subscriptions))} %`],
    ["delivery p50", ms(delivered.p50Ms)],
    ["delivery p99", ms(delivered.p99Ms)],
    ["slowest delivery", ms(delivered.worstMs)],
    ["etcd: transactions a second", perSecond("transactions")],
    ["etcd: keepalives a second", perSecond("keepalives")],
    ["etcd: resident memory", megabytes(after.memoryBytes)],
    ["etcd: database", megabytes(after.databaseBytes)],
  ];
}

/** Changes one endpoint after the other, as many as are due whatever became of earlier ones; answers how many. */
async function change(
  registrars: SimulatedRegistrars,
  records: readonly SimulatedRecord[],
  { perSecond, forS }: Size,
): Promise<number> {
  const begin = performance.now();
  let made = 0;
  for (const all = perSecond * forS; made < all; await delay(2)) {
    const due = Math.min(all, Math.floor(((performance.now() - begin) / 1000) * perSecond));
    for (; made < due; made += 1) {
      // Far apart, so that no node has two at once.
      const record = records[(made * 7919) % records.length];
      if (record !== undefined) registrars.set(record, rewritten(record));
    }
  }
  return made;
}

function rewritten({ value }: SimulatedRecord): string {
  const settings = { [writtenAt]: String(epochMs()) };
  const record: EndpointRecord = { ...(JSON.parse(value) as EndpointRecord), settings };
  return encode(record);
}

/** What was delivered of the last changes, so many over all subscriptions: those before only warmed up. */
async function settled(subscribers: Subscribers, last: number): Promise<Delivered> {
  await delay(5000);
  return subscribers.stop(last);
}
