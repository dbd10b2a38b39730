import assert from "node:assert/strict";
import { TakenPorts } from "../../src/binding/taken-ports.ts";

const address = "0.0.0.0:2379";

describe("a port that another program was seen to hold", () => {
  it("is taken once it has been free for five minutes", () => {
    const taken = new TakenPorts(300_000);
    taken.see(address, "etcd (pid 7)");
    assert.deepEqual(taken.free(address, 1000), { holder: "etcd (pid 7)", leftMs: 300_000 });
    assert.deepEqual(taken.free(address, 300_999), { holder: "etcd (pid 7)", leftMs: 1 });
    assert.equal(taken.free(address, 301_000), undefined);
    assert.equal(taken.free(address, 301_001), undefined);
  });

  it("is its holder's for as long again once it was held again", () => {
    const taken = new TakenPorts(1000);
    taken.see(address, "etcd (pid 7)");
    taken.free(address, 0);
    taken.see(address, "etcd (pid 8)");
    assert.deepEqual(taken.free(address, 900), { holder: "etcd (pid 8)", leftMs: 1000 });
    assert.equal(taken.free(address, 1900), undefined);
  });

  it("is its holder's for the next agent too, for as long again", () => {
    const before = new TakenPorts(1000);
    before.see(address, "etcd (pid 7)");
    before.free(address, 0);
    const after = new TakenPorts(1000, before.list());
    assert.deepEqual(after.free(address, 5000), { holder: "etcd (pid 7)", leftMs: 1000 });
    assert.equal(after.free(address, 6000), undefined);
    assert.deepEqual(after.list(), []);
  });

  it("is not another one", () => {
    const taken = new TakenPorts(1000);
    taken.see(address, "etcd (pid 7)");
    assert.equal(taken.free("127.0.0.1:2379", 0), undefined);
  });
});
