import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import type { Operation, RegistryClient } from "@fairway/registry";
import { WaitKey } from "../src/wait/wait-key.ts";

describe("the key of one who waits", () => {
  it("is written under another lease once the registry has lost its own", async () => {
    let granted = 0;
    let alive = "";
    const leases: unknown[] = [];
    const client: Partial<RegistryClient> = {
      count: async () => [0],
      grantLease: async (ttlMs) => {
        granted += 1;
        alive = String(granted);
        return { lease: alive, ttlMs };
      },
      keepAliveOnce: async (lease, ttlMs) => ({ ttlMs: lease === alive ? ttlMs : 0, revision: 1n }),
      revokeLease: async () => undefined,
      transact: async (_: unknown, [operation]: readonly Operation[]) => {
        const lease = operation?.type === "put" ? operation.lease : undefined;
        if (lease !== alive) throw new Error("etcdserver: requested lease not found");
        leases.push(lease);
        return { succeeded: true, revision: 7n };
      },
    };
    const key = new WaitKey(client as RegistryClient, 10_000);
    const until = async (writes: number) => {
      for (let at = 0; at < 150 && leases.length < writes; at += 1) await setTimeout(20);
    };
    try {
      key.ask(1n);
      await until(1);
      alive = "";
      key.ask(2n);
      await until(2);
      assert.deepEqual(leases, ["1", "2"]);
      assert.equal(key.refusal, undefined);
    } finally {
      await key.remove();
    }
  });
});
