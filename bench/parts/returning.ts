import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { sourceRunner } from "@fairway/standalone";
import { spawnProbe } from "../../test/lab/probes/spawn-probe.ts";

/** Subscriptions that are to come back, and the changes that each has to tell then. */
export type ReturningFacts = {
  readonly etcd: string;
  readonly count: number;
  /** Keys that get this value, and keys that are deleted, while etcd is away from the subscribers. */
  readonly written: readonly string[];
  readonly value: string;
  readonly deleted: readonly string[];
};

/** What became of all of them. */
export type Returned = {
  /** When the last one had told everything, epoch ms. */
  readonly exactAtMs: number;
  /** Deletes that they told of other keys. */
  readonly removed: number;
  /** Whole lists that they read to come back. */
  readonly lists: number;
  /** How many of them never got there. */
  readonly late: number;
};

export type Returning = {
  /** From starting to subscribe until the last one had listed everything, in milliseconds. */
  readonly listedMs: number;
  /** Resolves when all are exact. */
  readonly returned: () => Promise<Returned>;
  readonly stop: () => void;
};

/** Subscribes so many times in a process of its own; resolves when all have listed. */
export async function startReturning(facts: ReturningFacts): Promise<Returning> {
  const script = fileURLToPath(new URL("returning-process.ts", import.meta.url));
  const child = spawnProbe([...sourceRunner(), script, JSON.stringify(facts)]);
  const lines = createInterface({ input: child.stdout });
  const kept: string[] = [];
  lines.on("line", (line) => kept.push(line));
  const next = async () => {
    while (kept.length === 0) await once(lines, "line");
    return JSON.parse(kept.shift() ?? "") as unknown;
  };
  const { listedMs } = (await next()) as { readonly listedMs: number };
  return { listedMs, returned: async () => (await next()) as Returned, stop: () => void child.kill("SIGKILL") };
}
