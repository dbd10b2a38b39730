import { subscribe } from "@fairway/registry";
import type { Lab } from "../../test/lab/index.ts";
import { kilobytes, ms, times, whole } from "../figures.ts";
import type { Bench, Measurement } from "../measurement.ts";
import { everything, writeRecords } from "../parts/crowd-in-registry.ts";
import { etcdCounters } from "../parts/etcd-counters.ts";
import { inLab } from "../parts/scene.ts";
import { simulatedRecords } from "../parts/simulated-endpoints.ts";
import { openAt } from "../parts/simulated-registrars.ts";

/** Looks an hour: one every three minutes, and one every five as agents do. */
const looksAnHour = { list: 20, compare: 12 } as const;
const hourMs = 3_600_000;

/** What one look at an unchanged registry costs etcd. */
type Cost = { readonly bytes: number; readonly processorMs: number };

/** What a subscription costs etcd while nothing happens: by its looks alone, as a watch is silent then. */
export const atRest: Measurement = {
  number: 9,
  title: "Bytes from etcd for each agent and hour at rest",
  run: async (bench) => {
    const endpoints = bench.isQuick ? 5000 : 50_000;
    const looks = bench.isQuick ? 2 : 5;
    const rows = await inLab({ nodes: 0 }, (lab) => rowsIn(bench, lab, { endpoints, looks }));
    return {
      table: { head: ["way", "a look", "looks an hour", "an hour", "etcd's processor a look"], rows },
      notes: [
        `${whole(endpoints)} endpoints; means of ${looks} looks; bytes and processor time as etcd counts them`,
        "list everything: all records in pages, as before keys were compared; there every 3 minutes",
      ],
    };
  },
};

type Size = { readonly endpoints: number; readonly looks: number };

async function rowsIn(
  { progress }: Bench,
  lab: Lab,
  { endpoints, looks }: Size,
): Promise<readonly (readonly string[])[]> {
  const client = openAt(lab.etcd.endpoints);
  progress(`${whole(endpoints)} endpoints are written`);
  await writeRecords(client, simulatedRecords({ count: endpoints, listeners: 200, nodes: 100 }));
  progress("everything is listed");
  const list = await costOf(lab, looks, async () => {
    for (let n = 0; n < looks; n += 1) await client.list(everything);
  });
  progress("what is held is compared");
  const compare = await costOfComparing(lab, looks);
  client.close();
  const anHour = { list: list.bytes * looksAnHour.list, compare: compare.bytes * looksAnHour.compare };
  return [
    ["list everything", kilobytes(list.bytes), `${looksAnHour.list}`, kilobytes(anHour.list), ms(list.processorMs)],
    [
      "compare what is held",
      kilobytes(compare.bytes),
      `${looksAnHour.compare}`,
      kilobytes(anHour.compare),
      ms(compare.processorMs),
    ],
    [
      "the former / the latter",
      "",
      "",
      times(anHour.list, anHour.compare),
      times(list.processorMs, compare.processorMs),
    ],
  ];
}

async function costOf({ etcd }: Lab, looks: number, look: () => Promise<void>): Promise<Cost> {
  const before = await etcdCounters(etcd);
  await look();
  const after = await etcdCounters(etcd);
  return {
    bytes: (after.sentBytes - before.sentBytes) / looks,
    processorMs: ((after.processorSeconds - before.processorSeconds) * 1000) / looks,
  };
}

async function costOfComparing(lab: Lab, looks: number): Promise<Cost> {
  const client = openAt(lab.etcd.endpoints);
  const stop = new AbortController();
  const looked = new EventTarget();
  let count = -1;
  const onEvent = () => {
    count += 1;
    looked.dispatchEvent(new Event("look"));
  };
  const until = (so: number) => {
    return new Promise<void>((resolve) => {
      const onLook = () => count >= so && resolve();
      looked.addEventListener("look", onLook);
      onLook();
    });
  };
  // Rarely enough that one look ends before the next begins.
  const ended = subscribe({ client, selectors: everything, onEvent, lookAfterMs: hourMs / 1800, signal: stop.signal });
  await until(0);
  const cost = await costOf(lab, looks, () => until(looks));
  stop.abort();
  await ended;
  client.close();
  return cost;
}
