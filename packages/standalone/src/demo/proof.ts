import { randomUUID } from "node:crypto";
import { run } from "../processes/run.ts";
import { until } from "../processes/until.ts";
import type { Demo, RunningDemo } from "./demo.ts";

const key = "fairway:proof";
const withinMs = 30_000;

/**
 * Writes a key through the listener and reads it back inside the primary's container. The listener balances primary
 * and replica, and a replica takes no writes, so it is written until the primary was the one. Throws when it is not
 * there in time.
 */
export async function prove({ docker, port, signal }: Demo, { primary }: RunningDemo): Promise<void> {
  const value = randomUUID();
  const write = async () => (await run(["redis-cli", "-p", String(port), "set", key, value])) === "OK";
  await until(write, { what: `the primary takes a write through port ${port}`, withinMs, signal });
  const read = await run([...docker, "exec", primary, "redis-cli", "get", key], { signal });
  if (read !== value)
    throw new Error(`port ${port} took ${key}=${value}, but the container ${primary} holds "${read}"`);
}
