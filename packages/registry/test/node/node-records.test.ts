import assert from "node:assert/strict";
import fc from "fast-check";
import { endpointKey, rejectionsKey } from "@fairway/contract";
import { type Operation } from "@fairway/registry";
import { NodeRecords } from "../../src/node/node-records.ts";
import { batchLimits } from "../../src/node/write-batch.ts";

const lease = "00ab";
const endpoint = (service: string, at = 0) =>
  endpointKey({ project: "p", service, port: 80, node: "n1", container12: at.toString(16).padStart(12, "0") });
const web = endpoint("web");
const web2 = endpoint("web", 2);
const rejections = rejectionsKey("n1", "4f5c1b2a9d3e");
const put = (key: string, value: string): Operation => ({ type: "put", key, value, lease });
const gone = (key: string): Operation => ({ type: "delete", key });

type Records = readonly (readonly [string, string | undefined])[];

const reported = (state: string, at: string) => `{"v":1,"state":"${state}","reportedAt":"${at}"}`;

function nodeRecords(wanted: Records, held: Records): NodeRecords {
  const records = new NodeRecords("n1");
  records.set(new Map(wanted));
  records.adopt(new Map(held), { isKnown: true, standing: [] });
  return records;
}

describe("the records of a node", () => {
  const rows: readonly { name: string; wanted?: Records; held?: Records; operations: readonly Operation[] }[] = [
    { name: "are not written while the registry holds them", wanted: [[web, "a"]], held: [[web, "a"]], operations: [] },
    { name: "are put where there are none", wanted: [[web, "a"]], operations: [put(web, "a")] },
    {
      name: "are put alone when a value changes",
      wanted: [[web, "b"]],
      held: [[web, "a"]],
      operations: [put(web, "b")],
    },
    {
      name: "are rewritten when they stand under the former lease",
      wanted: [[web, "a"]],
      held: [[web, undefined]],
      operations: [put(web, "a")],
    },
    { name: "are rejections, too", wanted: [[rejections, "r"]], operations: [put(rejections, "r")] },
    {
      name: "are put before others are deleted",
      wanted: [[web2, "a"]],
      held: [
        [web, "a"],
        [web2, "b"],
      ],
      operations: [put(web2, "a"), gone(web)],
    },
    { name: "are deleted where the former lease holds them", held: [[web, undefined]], operations: [gone(web)] },
    {
      name: "are not written for a later report of the same",
      wanted: [[web, reported("ready", "2")]],
      held: [[web, reported("ready", "1")]],
      operations: [],
    },
    {
      name: "are written for a later report of another state",
      wanted: [[web, reported("ready", "2")]],
      held: [[web, reported("starting", "1")]],
      operations: [put(web, reported("ready", "2"))],
    },
  ];
  for (const { name, wanted = [], held = [], operations } of rows) {
    it(name, () => {
      const records = nodeRecords(wanted, held);
      assert.equal(records.pending, operations.filter(({ type }) => type !== "create").length);
      assert.deepEqual(records.nextWrites(lease), operations);
    });
  }

  it("are not deleted while puts are left for another transaction", () => {
    const wanted = Array.from({ length: 150 }, (_, at) => [endpoint("web", at), "a"] as const);
    const batch = nodeRecords(wanted, [[endpoint("old"), "a"]]).nextWrites(lease);
    assert.equal(batch.length, batchLimits.operations);
    assert.deepEqual(
      batch.filter(({ type }) => type === "delete"),
      [],
    );
  });

  it("keep within etcd's size of a transaction", () => {
    const wanted = Array.from({ length: 5 }, (_, at) => [endpoint("web", at), "x".repeat(200_000)] as const);
    const batch = nodeRecords(wanted, []).nextWrites(lease);
    assert.equal(batch.filter(({ type }) => type === "put").length, 2);
  });

  it("tell what a declaration changes, and refuse keys of other nodes", () => {
    const records = nodeRecords([[web, reported("ready", "1")]], []);
    const changes = new Map([
      [web, reported("ready", "2")],
      [web2, "new"],
      [rejections, undefined],
    ]);
    assert.deepEqual(records.set(changes), new Map([[web2, "new"]]));
    assert.deepEqual([records.get(web), records.get(web2)], [reported("ready", "1"), "new"]);
    const both = new Map([web2, web].map((key) => [key, "newer"]));
    assert.deepEqual([...records.set(both).keys()], [web, web2], "sorted by key");
    assert.deepEqual(records.set(new Map([[web, undefined]])), new Map([[web, undefined]]));
    const foreign = web.replace("/n1/", "/n2/");
    assert.throws(() => records.set(new Map([[foreign, "a"]])), { message: `${foreign} is not a record of node n1` });
  });

  it("are written again when they were taken back while a write was on its way", () => {
    const records = nodeRecords([[web, "a"]], [[web, "a"]]);
    records.set(new Map([[web, "b"]]));
    const writes = records.nextWrites(lease);
    records.set(new Map([[web, "a"]]));
    assert.equal(records.pending, 0);
    records.confirm(writes);
    assert.deepEqual(records.nextWrites(lease), [put(web, "a")]);
  });

  const values = fc.constantFrom("a", "b", undefined);
  const keys = fc.integer({ min: 0, max: 250 }).map((at) => endpoint(`s${at % 40}`, at));
  const anyRecords = fc.uniqueArray(fc.tuple(keys, values), { selector: ([key]) => key, maxLength: 250 });

  it("bring any registry to what is wanted, never over the limit, no key twice in a transaction", () => {
    fc.assert(
      fc.property(anyRecords, anyRecords, anyRecords, (first, held, changes) => {
        const records = nodeRecords(first, held);
        const registry = new Map(held);
        carryOut(records, registry);
        records.set(new Map(changes));
        for (let n = 0; n < 20; n++) carryOut(records, registry);
        const expected = [...new Map([...first, ...changes])].filter(([, value]) => value !== undefined);
        assert.deepEqual(registry, new Map(expected));
        assert.deepEqual([records.nextWrites(lease), records.pending, records.size], [[], 0, expected.length]);
      }),
    );
  });

  function carryOut(records: NodeRecords, registry: Map<string, string | undefined>): void {
    const operations = records.nextWrites(lease);
    assert.ok(operations.length <= batchLimits.operations);
    assert.equal(new Set(operations.map(({ key }) => key)).size, operations.length);
    for (const operation of operations) {
      if (operation.type === "delete") registry.delete(operation.key);
      if (operation.type === "put") registry.set(operation.key, operation.value);
    }
    records.confirm(operations);
  }

  it("of which one is refused are written all the same: the transaction is halved until that one is alone", () => {
    const wanted = Array.from({ length: 250 }, (_, at) => [endpoint("web", at), `v${at}`] as const);
    const [bad] = wanted[120] ?? assert.fail();
    const records = nodeRecords(wanted, [[bad, "former"]]);
    const transactions = writeAll(records, (write) => write.type === "put" && write.key === bad);
    assert.equal(records.pending, 0);
    assert.deepEqual(records.refused(), [{ key: bad, reason: "too large" }]);
    assert.ok(transactions < 25, `${transactions} transactions`);
    assert.deepEqual(records.nextWrites(lease), []);
    records.set(new Map([[bad, "fits"]]));
    assert.deepEqual(records.nextWrites(lease).at(-1), put(bad, "fits"));
  });

  it("that were all refused are set aside one by one", () => {
    const records = nodeRecords(
      Array.from({ length: 30 }, (_, at) => [endpoint("web", at), "v"] as const),
      [],
    );
    const transactions = writeAll(records, ({ type }) => type === "put");
    assert.equal(records.refused().length, 30);
    assert.ok(transactions <= 35, `${transactions} transactions`);
    records.retryRefused();
    assert.equal(records.pending, 30);
  });

  it("that were refused are tried again a few at a time, each in its turn, and all once one is taken; told no second time", () => {
    const keys = Array.from({ length: 30 }, (_, at) => endpoint("web", at));
    const records = nodeRecords(
      keys.map((key) => [key, "v"] as const),
      [],
    );
    writeAll(records, ({ type }) => type === "put");
    const tried = new Set<string>();
    for (let look = 0; look < 3; look += 1) {
      records.retryRefused(10);
      assert.equal(records.pending, 10);
      const isDenied = ({ type, key }: Operation) => type === "put" && tried.add(key) !== undefined;
      assert.deepEqual(writeAndTell(records, isDenied), []);
      assert.equal(records.refused().length, 30);
    }
    assert.equal(tried.size, 30);
    records.retryRefused(10);
    writeAll(records, ({ key }) => key === keys[29]);
    assert.deepEqual(
      records.refused().map(({ key }) => key),
      [keys[29]],
    );
  });
});

/** Writes until nothing is left, and counts the transactions; those with a write that is refused fail. */
function writeAll(records: NodeRecords, isRefused: (write: Operation) => boolean): number {
  return transactionsOf(records, isRefused).length;
}

/** The keys of the records that were told as refused. */
function writeAndTell(records: NodeRecords, isRefused: (write: Operation) => boolean): readonly string[] {
  return transactionsOf(records, isRefused).flatMap((key) => key ?? []);
}

/** Of each transaction the record that was told as refused; undefined: none was. */
function transactionsOf(
  records: NodeRecords,
  isRefused: (write: Operation) => boolean,
): readonly (string | undefined)[] {
  const told: (string | undefined)[] = [];
  for (let count = 0; count < 1000; count += 1) {
    const writes = records.nextWrites(lease);
    if (writes.length === 0) return told;
    const isTaken = writes.filter(isRefused).length === 0;
    told.push(isTaken ? undefined : records.refuse(writes, "too large")?.key);
    if (isTaken) records.confirm(writes);
  }
  return assert.fail("it never ends");
}
