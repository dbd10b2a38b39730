import { setMaxListeners } from "node:events";
import { text } from "node:stream/consumers";
import { type EndpointRecord } from "@fairway/contract";
import { type SubscriptionEvent, subscribe } from "@fairway/registry";
import { quantile } from "../figures.ts";
import { epochMs } from "./served.ts";
import { openAt } from "./simulated-registrars.ts";
import { type Delivered, type SubscribersFacts, writtenAt } from "./subscribers.ts";

/** The process behind `startSubscribers`: facts as its argument; a line when all have listed, one at the end. */

const { etcd, count } = JSON.parse(process.argv[2] ?? "") as SubscribersFacts;
const controller = new AbortController();
setMaxListeners(0, controller.signal);
const selectors = ["endpoints/", "claims/*/", "nodes/"].map((prefix) => ({ prefix }));
const delays: number[] = [];
const begin = performance.now();

await Promise.all(
  Array.from({ length: count }, () => {
    return new Promise<void>((resolve) => {
      const onEvent = (event: SubscriptionEvent) => (event.type === "listed" ? resolve() : note(event));
      const options = { client: openAt(etcd), selectors, onEvent, lookAfterMs: 3_600_000 };
      void subscribe({ ...options, signal: controller.signal });
    });
  }),
);
console.log(JSON.stringify({ listedMs: performance.now() - begin }));
const last = delays.slice(-Number(await text(process.stdin)));
const result: Delivered = {
  deliveries: last.length,
  p50Ms: quantile(last, 0.5),
  p99Ms: quantile(last, 0.99),
  worstMs: quantile(last, 1),
};
console.log(JSON.stringify(result));
process.exit();

function note(event: SubscriptionEvent): void {
  if (event.type !== "changed") return;
  const now = epochMs();
  for (const change of event.changes) {
    if (change.type !== "put" || !change.stored.key.startsWith("endpoints/")) continue;
    const written = (JSON.parse(change.stored.value) as EndpointRecord).settings[writtenAt];
    if (written !== undefined) delays.push(now - Number(written));
  }
}
