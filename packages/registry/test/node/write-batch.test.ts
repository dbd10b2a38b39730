import assert from "node:assert/strict";
import fc from "fast-check";
import { endpointKey, rejectionsKey } from "@fairway/contract";
import { type Operation } from "@fairway/registry";
import { createLedger } from "../../src/node/ledger.ts";
import { batchLimits, nextBatch } from "../../src/node/write-batch.ts";

const lease = "00ab";
const endpoint = (service: string, at = 0) =>
  endpointKey({ project: "p", service, port: 80, node: "n1", container12: at.toString(16).padStart(12, "0") });
const web = endpoint("web");
const web2 = endpoint("web", 2);
const rejections = rejectionsKey("n1", "4f5c1b2a9d3e");
const create: Operation = { type: "create", key: "services/p/web", value: '{"v":1}' };
const put = (key: string, value: string): Operation => ({ type: "put", key, value, lease });
const gone = (key: string): Operation => ({ type: "delete", key });

type Records = readonly (readonly [string, string | undefined])[];

describe("the next batch of writes", () => {
  const rows: readonly { name: string; wanted?: Records; held?: Records; operations: readonly Operation[] }[] = [
    { name: "is empty when all that is wanted is held", wanted: [[web, "a"]], held: [[web, "a"]], operations: [] },
    { name: "creates the service with its first endpoint", wanted: [[web, "a"]], operations: [create, put(web, "a")] },
    { name: "puts a changed value alone", wanted: [[web, "b"]], held: [[web, "a"]], operations: [put(web, "b")] },
    {
      name: "creates a service once for two endpoints",
      wanted: [
        [web, "a"],
        [web2, "a"],
      ],
      operations: [create, put(web, "a"), put(web2, "a")],
    },
    {
      name: "rewrites what stands under the old lease",
      wanted: [[web, "a"]],
      held: [[web, undefined]],
      operations: [create, put(web, "a")],
    },
    { name: "creates no service for rejections", wanted: [[rejections, "r"]], operations: [put(rejections, "r")] },
    {
      name: "puts before it deletes",
      wanted: [[web2, "a"]],
      held: [
        [web, "a"],
        [web2, "b"],
      ],
      operations: [put(web2, "a"), gone(web)],
    },
    { name: "deletes what the old lease still holds", held: [[web, undefined]], operations: [gone(web)] },
  ];
  for (const { name, wanted = [], held = [], operations } of rows) {
    it(name, () => {
      const keys = new Set([...held, ...wanted].map(([key]) => key));
      const facts = { wanted: new Map(wanted as [string, string][]), held: new Map(held) };
      assert.deepEqual(nextBatch({ keys, ...facts, lease }), operations);
    });
  }

  it("deletes nothing while puts are left for another transaction", () => {
    const wanted = new Map(Array.from({ length: 150 }, (_, at) => [endpoint("web", at), "a"]));
    const held = new Map([[endpoint("old"), "a"]]);
    const batch = nextBatch({ keys: [...held.keys(), ...wanted.keys()], wanted, held, lease });
    assert.equal(batch.length, batchLimits.operations);
    assert.deepEqual(
      batch.filter(({ type }) => type === "delete"),
      [],
    );
  });

  it("keeps within etcd's size of a transaction", () => {
    const wanted = new Map(Array.from({ length: 5 }, (_, at) => [endpoint("web", at), "x".repeat(200_000)]));
    const batch = nextBatch({ keys: wanted.keys(), wanted, held: new Map(), lease });
    assert.equal(batch.filter(({ type }) => type === "put").length, 2);
  });
});

describe("the ledger of a node", () => {
  const values = fc.constantFrom("a", "b", undefined);
  const keys = fc.integer({ min: 0, max: 250 }).map((at) => endpoint(`s${at % 40}`, at));
  const records = fc.uniqueArray(fc.tuple(keys, values), { selector: ([key]) => key, maxLength: 250 });

  it("brings any registry to what is wanted, never over the limit, no key twice in a transaction", () => {
    fc.assert(
      fc.property(records, records, records, (first, held, changes) => {
        const ledger = createLedger();
        ledger.want(new Map(first));
        const registry = new Map(held);
        ledger.adopt(registry);
        carryOut(ledger.next(lease), ledger, registry);
        ledger.want(new Map(changes));
        for (let n = 0; n < 20; n++) carryOut(ledger.next(lease), ledger, registry);
        const wanted = new Map([...first, ...changes].map(([key, value]) => [key, value]));
        const expected = [...wanted].filter(([, value]) => value !== undefined);
        assert.deepEqual(registry, new Map(expected));
        assert.deepEqual(ledger.next(lease), []);
      }),
    );
  });

  const at = (state: string, time: string) => `{"v":1,"state":"${state}","reportedAt":"${time}"}`;
  const rows: readonly (readonly [string, Records, Records, Records])[] = [
    ["a new record", [], [[web, "1"]], [[web, "1"]]],
    ["nothing for an equal one", [[web, "1"]], [[web, "1"]], []],
    ["a changed one", [[web, "1"]], [[web, "2"]], [[web, "2"]]],
    ["one that is wanted no more", [[web, "1"]], [[web, undefined]], [[web, undefined]]],
    ["nothing for one that was not wanted before", [], [[web, undefined]], []],
    ["nothing for a later report of the same", [[web, at("ready", "1")]], [[web, at("ready", "2")]], []],
    ["another state", [[web, at("starting", "1")]], [[web, at("ready", "2")]], [[web, at("ready", "2")]]],
  ];
  for (const [name, before, changes, differing] of rows) {
    it(`answers ${name} as what differs, and writes no more than that`, () => {
      const ledger = createLedger();
      ledger.want(new Map(before));
      ledger.written(ledger.next(lease));
      assert.deepEqual([...ledger.want(new Map(changes))], differing);
      const written = ledger.next(lease).filter(({ type }) => type !== "create");
      assert.deepEqual(
        written.map((operation) => [operation.key, operation.type === "put" ? operation.value : undefined]),
        differing,
      );
    });
  }

  it("answers what differs sorted by key, whatever the order of changes", () => {
    assert.deepEqual(
      [
        ...createLedger()
          .want(
            new Map([
              [web2, "1"],
              [web, "1"],
            ]),
          )
          .keys(),
      ],
      [web, web2],
    );
  });

  function carryOut(
    operations: readonly Operation[],
    ledger: ReturnType<typeof createLedger>,
    registry: Map<string, string | undefined>,
  ): void {
    assert.ok(operations.length <= batchLimits.operations);
    assert.equal(new Set(operations.map(({ key }) => key)).size, operations.length);
    for (const operation of operations) {
      if (operation.type === "delete") registry.delete(operation.key);
      if (operation.type === "put") registry.set(operation.key, operation.value);
    }
    ledger.written(operations);
  }
});
