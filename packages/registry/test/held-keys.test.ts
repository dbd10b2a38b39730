import assert from "node:assert/strict";
import fc from "fast-check";
import { batches } from "../src/comparison.ts";
import { HeldKeys, type HeldPage } from "../src/held-keys.ts";
import { byBytes } from "../src/key-order.ts";
import type { Change, Stored } from "../src/stored.ts";

const selectors = [{ prefix: "endpoints/" }, { prefix: "nodes/" }];

describe("keys are ordered", () => {
  it("as etcd does, by their bytes", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 5 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        assert.equal(Math.sign(byBytes(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
    assert.ok(byBytes("\u{10000}", "\uffff") > 0);
  });
});

describe("held keys", () => {
  it("are cut into pages that cover their prefixes without a gap", () => {
    const held = heldOf(["endpoints/a", "endpoints/b", "endpoints/c", "endpoints/d", "endpoints/e", "nodes/n1"]);
    assert.deepEqual(held.beginComparison().map(shown), [
      "endpoints/–endpoints/c: 2",
      "endpoints/c–endpoints/e: 2",
      "endpoints/e–endpoints0: 1",
      "nodes/–nodes0: 1",
    ]);
    assert.deepEqual(heldOf([]).beginComparison().map(shown), ["endpoints/–endpoints0: 0", "nodes/–nodes0: 0"]);
  });

  it("are cut anew where many came", () => {
    const held = heldOf([]);
    held.take(changed(["endpoints/d", "endpoints/b", "endpoints/a", "endpoints/e", "endpoints/c"].map(put(2n))));
    assert.deepEqual(held.beginComparison().map(shown).slice(0, 3), [
      "endpoints/–endpoints/c: 2",
      "endpoints/c–endpoints/e: 2",
      "endpoints/e–endpoints0: 1",
    ]);
  });

  it("follow puts and deletes, and leave out what is outside of their prefixes", () => {
    const held = heldOf(["endpoints/a", "endpoints/c"]);
    held.take(changed([put(2n)("endpoints/b"), put(3n)("claims/x"), removed(4n)("endpoints/c")]));
    assert.deepEqual(allOf(held.beginComparison()), { "endpoints/a": 1n, "endpoints/b": 2n });
    assert.deepEqual(held.newest(), { key: "endpoints/b", modRevision: 2n, lease: undefined });
  });

  it("are told as they were at a revision since the comparison began", () => {
    const held = heldOf(["endpoints/a", "endpoints/b"]);
    const [page] = held.beginComparison();
    assert.ok(page);
    held.take(
      changed([put(2n)("endpoints/a"), put(3n)("endpoints/a"), removed(4n)("endpoints/b"), put(5n)("endpoints/a1")]),
    );
    const at = (revision: bigint) => Object.fromEntries(held.heldAt(page, revision));
    assert.deepEqual(at(1n), { "endpoints/a": 1n, "endpoints/b": 1n });
    assert.deepEqual(at(2n), { "endpoints/a": 2n, "endpoints/b": 1n });
    assert.deepEqual(at(4n), { "endpoints/a": 3n });
    assert.deepEqual(at(5n), { "endpoints/a": 3n, "endpoints/a1": 5n });
  });

  it("are known as of the revision at which they were last listed or compared", () => {
    const held = heldOf([]);
    assert.equal(held.comparedAt, 1n);
    held.take({ type: "compared", revision: 9n, changes: [put(8n)("endpoints/a")] });
    assert.deepEqual([held.comparedAt, held.newest()], [9n, { key: "endpoints/a", modRevision: 8n, lease: undefined }]);
    held.take({ type: "lost", reason: "" });
    assert.equal(held.comparedAt, 9n);
  });
});

describe("pages are asked for", () => {
  it("together as long as they are small", () => {
    const page = (size: number): HeldPage => {
      return { from: "a", to: "b", keys: new Map(Array.from({ length: size }, (_, n) => [`${n}`, 1n])) };
    };
    const sizes = (pages: readonly number[]) => {
      return batches(pages.map(page)).map((batch) => batch.map(({ keys }) => keys.size));
    };
    assert.deepEqual(sizes([]), []);
    assert.deepEqual(sizes([1000, 1000]), [[1000], [1000]]);
    assert.deepEqual(sizes([80, 100, 40, 380, 0]), [[80, 100], [40], [380], [0]]);
    assert.deepEqual(
      sizes(Array.from({ length: 150 }, () => 1)).map((batch) => batch.length),
      [100, 50],
    );
  });
});

/** Pages of two keys. */
function heldOf(keys: readonly string[]): HeldKeys {
  const held = new HeldKeys(selectors, 2);
  held.take({ type: "listed", listing: { revision: 1n, stored: keys.map((key) => storedAt(key, 1n)) } });
  return held;
}

function storedAt(key: string, modRevision: bigint): Stored {
  return { key, value: "", createRevision: 1n, modRevision, lease: undefined };
}

function put(modRevision: bigint) {
  return (key: string): Change => ({ type: "put", stored: storedAt(key, modRevision) });
}

function removed(modRevision: bigint) {
  return (key: string): Change => ({ type: "delete", key, modRevision });
}

function changed(changes: readonly Change[]) {
  return { type: "changed", revision: 9n, changes } as const;
}

function shown({ from, to, keys }: HeldPage): string {
  return `${from}–${to}: ${keys.size}`;
}

function allOf(pages: readonly HeldPage[]): Readonly<Record<string, bigint>> {
  return Object.fromEntries(pages.flatMap(({ keys }) => [...keys]));
}
