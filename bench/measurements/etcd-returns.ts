import { setTimeout as delay } from "node:timers/promises";
import type { Lab } from "../../test/lab/index.ts";
import { megabytes, seconds, times, whole } from "../figures.ts";
import type { Bench, Measurement } from "../measurement.ts";
import { writeRecords } from "../parts/crowd-in-registry.ts";
import { etcdCounters } from "../parts/etcd-counters.ts";
import { startReturning } from "../parts/returning.ts";
import { inLab } from "../parts/scene.ts";
import { epochMs } from "../parts/served.ts";
import { simulatedRecords } from "../parts/simulated-endpoints.ts";
import { openAt } from "../parts/simulated-registrars.ts";

type Size = { readonly subscriptions: number; readonly endpoints: number };

const size: Size = { subscriptions: 200, endpoints: 5000 };
const quickSize: Size = { subscriptions: 50, endpoints: 2000 };
const awayMs = 5000;
const changes = 10;

/** All subscribers lose etcd at one moment, and have it back at one moment. */
export const etcdReturns: Measurement = {
  number: 10,
  title: "The return of etcd",
  run: async (bench) => {
    const now = bench.isQuick ? quickSize : size;
    const rows = await inLab({ nodes: 0 }, (lab) => rowsIn(bench, lab, now));
    return {
      table: { head: ["what", "figure"], rows },
      notes: [
        `${now.subscriptions} subscriptions to ${whole(now.endpoints)} endpoints each, in one other process; etcd was killed and started ${awayMs / 1000} s later`,
        `exact: each has told ${changes} changes and ${changes} deletes that were made the moment etcd was back; counted from its first answer`,
        "memory: the most that was resident, asked every 100 ms from its start on",
      ],
    };
  },
};

async function rowsIn({ progress }: Bench, lab: Lab, now: Size): Promise<readonly (readonly string[])[]> {
  const client = openAt(lab.etcd.endpoints);
  progress(`${whole(now.endpoints)} endpoints are written`);
  await writeRecords(client, simulatedRecords({ count: now.endpoints, listeners: 200, nodes: 100 }));
  progress("etcd is started anew, and nobody asks");
  await restart(lab);
  const alone = await peakMemory(lab, delay(10_000));
  const keys = (await client.list([{ prefix: "endpoints/" }])).stored.map(({ key }) => key);
  const [written, deleted] = [keys.slice(0, changes), keys.slice(changes, 2 * changes)];
  progress(`${now.subscriptions} subscriptions list`);
  const facts = { etcd: lab.etcd.endpoints, count: now.subscriptions, written, value: "changed", deleted };
  const starting = startReturning(facts);
  const listing = await peakMemory(lab, starting);
  const subscriptions = await starting;
  const before = (await etcdCounters(lab.etcd)).memoryBytes;
  progress("etcd is killed and started");
  const back = await restart(lab);
  const returning = subscriptions.returned();
  const memory = peakMemory(lab, returning);
  await client.transact(
    [],
    written.map((key) => ({ type: "put", key, value: facts.value }) as const),
  );
  await client.transact(
    [],
    deleted.map((key) => ({ type: "delete", key }) as const),
  );
  const returned = await returning;
  const peak = await memory;
  subscriptions.stop();
  client.close();
  return [
    ["all listed everything, from nothing", seconds(subscriptions.listedMs)],
    ["all exact again", seconds(returned.exactAtMs - back)],
    ["not exact after 120 s", whole(returned.late)],
    ["endpoints removed that were there", whole(returned.removed)],
    ["whole lists read to come back", whole(returned.lists)],
    ["etcd's memory: nobody asks", megabytes(alone)],
    ["etcd's memory: all list everything", `${megabytes(listing)} (${times(listing, alone)})`],
    ["etcd's memory: before it was killed", `${megabytes(before)} (${times(before, alone)})`],
    ["etcd's memory: all come back", `${megabytes(peak)} (${times(peak, alone)})`],
  ];
}

/** Answers when it served again, epoch ms. */
async function restart({ etcd }: Lab): Promise<number> {
  for (const member of etcd.members) member.signal("SIGKILL");
  await etcd.stop();
  await delay(awayMs);
  await etcd.start();
  return epochMs();
}

/** The most that etcd had resident until something is over. */
async function peakMemory({ etcd }: Lab, over: Promise<unknown>): Promise<number> {
  const stop = new AbortController();
  const end = over.finally(() => stop.abort());
  let most = 0;
  while (!stop.signal.aborted) {
    most = Math.max(most, (await etcdCounters(etcd)).memoryBytes);
    await delay(100);
  }
  await end;
  return most;
}
