import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { sourceRunner } from "@fairway/standalone";
import { spawnProbe } from "../../test/lab/probes/spawn-probe.ts";

/** Subscriptions as agents have them. */
export type SubscribersFacts = { readonly etcd: string; readonly count: number };

/** What they saw. */
export type Delivered = {
  /** Changes told, over all subscriptions. */
  readonly deliveries: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
};

export type Subscribers = {
  /** From starting to subscribe until the last one had listed everything, in milliseconds. */
  readonly listedMs: number;
  /** Ends them; answers what they saw of so many last deliveries. */
  readonly stop: (last: number) => Promise<Delivered>;
};

/** The field of a record's settings in which a writer tells when it wrote, in epoch ms. */
export const writtenAt = "bench.written";

/** Subscribes to everything so many times, in a process of its own; resolves when all have listed. */
export async function startSubscribers(facts: SubscribersFacts): Promise<Subscribers> {
  const script = fileURLToPath(new URL("subscribers-process.ts", import.meta.url));
  const child = spawnProbe([...sourceRunner(), script, JSON.stringify(facts)]);
  const lines = createInterface({ input: child.stdout });
  const next = async () => JSON.parse(((await once(lines, "line")) as [string])[0]) as unknown;
  const { listedMs } = (await next()) as { listedMs: number };
  const stop = async (last: number) => {
    child.stdin.end(String(last));
    return (await next()) as Delivered;
  };
  return { listedMs, stop };
}
