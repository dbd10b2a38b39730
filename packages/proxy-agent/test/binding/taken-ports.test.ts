import assert from "node:assert/strict";
import { TakenPorts } from "../../src/binding/taken-ports.ts";

const address = "0.0.0.0:2379";
const told = (words: string) => ({ words, isTold: true });
const untold = { words: "a process that this agent may not look into", isTold: false };

describe("a port that another program was seen to hold", () => {
  it("is taken once it has been free for five minutes", () => {
    const taken = new TakenPorts(300_000);
    taken.see(address, told("etcd (pid 7)"), 0);
    assert.deepEqual(taken.free(address, 1000), { holder: "etcd (pid 7)", leftMs: 300_000 });
    assert.deepEqual(taken.free(address, 300_999), { holder: "etcd (pid 7)", leftMs: 1 });
    assert.equal(taken.free(address, 301_000), undefined);
    assert.equal(taken.free(address, 301_001), undefined);
  });

  it("is its holder's for as long again once it was held again", () => {
    const taken = new TakenPorts(1000);
    taken.see(address, told("etcd (pid 7)"), 0);
    taken.free(address, 0);
    taken.see(address, told("etcd (pid 8)"), 0);
    assert.deepEqual(taken.free(address, 900), { holder: "etcd (pid 8)", leftMs: 1000 });
    assert.equal(taken.free(address, 1900), undefined);
  });

  it("is its holder's for the next agent too, for as long again", () => {
    const before = new TakenPorts(1000);
    before.see(address, told("etcd (pid 7)"), 0);
    before.free(address, 0);
    const after = new TakenPorts(1000, before.list());
    assert.deepEqual(after.free(address, 5000), { holder: "etcd (pid 7)", leftMs: 1000 });
    assert.equal(after.free(address, 6000), undefined);
    assert.deepEqual(after.list(), []);
  });

  it("is not another one", () => {
    const taken = new TakenPorts(1000);
    taken.see(address, told("etcd (pid 7)"), 0);
    assert.equal(taken.free("127.0.0.1:2379", 0), undefined);
  });

  it("is nobody's where who held it for a moment cannot be told: a HAProxy that was killed ends like this", () => {
    const taken = new TakenPorts(1000);
    taken.see(address, untold, 0);
    taken.see(address, untold, 1999);
    assert.equal(taken.free(address, 2000), undefined);
    taken.see(address, untold, 2001);
    assert.equal(taken.free(address, 2002), undefined);
    assert.deepEqual(taken.list(), []);
  });

  it("is nobody's where who held it for a moment was not seen again for more than a minute", () => {
    const taken = new TakenPorts(1000);
    taken.see(address, untold, 0);
    taken.see(address, untold, 60_001);
    assert.equal(taken.free(address, 60_002), undefined);
  });

  it("is its holder's who cannot be told but has held it for two seconds", () => {
    const taken = new TakenPorts(1000);
    taken.see(address, untold, 0);
    taken.see(address, untold, 2000);
    assert.deepEqual(taken.free(address, 2001), { holder: untold.words, leftMs: 1000 });
  });

  it("stays its holder's who was told once, though he cannot be told when he comes back", () => {
    const taken = new TakenPorts(1000);
    taken.see(address, told("etcd (pid 7)"), 0);
    taken.free(address, 10);
    taken.see(address, untold, 20);
    assert.deepEqual(taken.free(address, 30), { holder: untold.words, leftMs: 1000 });
  });
});
