import assert from "node:assert/strict";
import { GRPCCancelledError, GRPCUnavailableError } from "etcd3";
import { passOverFailedMembers } from "../src/etcd/pass-over.ts";

describe("passing over members that failed", () => {
  let nowMs: number;
  let policyOf: ReturnType<typeof passOverFailedMembers>;

  beforeEach(() => {
    nowMs = 0;
    policyOf = passOverFailedMembers(() => nowMs);
  });

  const fails = (failure: Error) => () => Promise.reject(failure);
  const isAsked = async (policy: ReturnType<typeof policyOf>) => {
    let asked = false;
    await policy.execute(() => (asked = true)).catch(() => undefined);
    return asked;
  };

  it("passes over one that failed, for 1 s, then for 2 s, and no more once it answered", async () => {
    const a = policyOf("a");
    policyOf("b");
    await assert.rejects(async () => a.execute(fails(new GRPCUnavailableError("refused"))));
    nowMs = 999;
    assert.equal(await isAsked(a), false);
    nowMs = 1000;
    await assert.rejects(async () => a.execute(fails(new GRPCUnavailableError("refused"))));
    nowMs = 2999;
    assert.equal(await isAsked(a), false);
    nowMs = 3000;
    assert.equal(await isAsked(a), true);
    assert.equal(await isAsked(a), true);
  });

  it("asks the one whose failure is the longest ago when all have failed", async () => {
    const all = ["a", "b", "c"].map(policyOf);
    const fail = async (policy: (typeof all)[number]) => {
      nowMs += 1;
      await assert.rejects(async () => policy.execute(fails(new GRPCUnavailableError("refused"))));
    };
    for (const policy of all) await fail(policy);
    const [a, b, c] = all as [(typeof all)[0], (typeof all)[0], (typeof all)[0]];
    assert.deepEqual([await isAsked(c), await isAsked(b)], [false, false]);
    await fail(a);
    assert.deepEqual([await isAsked(a), await isAsked(c)], [false, false]);
    assert.equal(await isAsked(b), true);
  });

  for (const error of [new GRPCCancelledError("cancelled"), new Error("etcdserver: permission denied")]) {
    it(`holds "${error.message}" against no member`, async () => {
      const a = policyOf("a");
      policyOf("b");
      await assert.rejects(async () => a.execute(fails(error)));
      assert.equal(await isAsked(a), true);
    });
  }
});
