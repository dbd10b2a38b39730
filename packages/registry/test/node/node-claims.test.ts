import assert from "node:assert/strict";
import fc from "fast-check";
import type { Operation } from "@fairway/registry";
import { FakeClock } from "../../../loop/test/fake-clock.ts";
import { NodeRecords } from "../../src/node/node-records.ts";
import { type Asking, asking } from "../asking.ts";

const lease = "00ab";

/** Declares endpoints of a node whose registry has some claims, and some of the endpoints. */
function nodeRecords(wanted: readonly Asking[], standing: readonly string[] = [], held: readonly Asking[] = []) {
  const records = new NodeRecords("n1");
  records.set(new Map(wanted.map(asking)));
  records.adopt(new Map(held.map(asking)), { isKnown: true, standing });
  return records;
}

/** The keys that each transaction writes, in order, until nothing is left. */
function transactions(records: NodeRecords): readonly (readonly string[])[] {
  const all: string[][] = [];
  for (let n = 0; n < 1000 && records.pending > 0; n += 1) {
    const writes = records.nextWrites(lease);
    records.confirm(writes);
    if (writes.length > 0) all.push(writes.map((write) => short(write)));
  }
  assert.equal(records.pending, 0);
  return all;
}

function short({ type, key }: Operation): string {
  return type === "create" ? key.replace("claims/", "") : `${type} ${key.split("/").slice(1, 3).join("/")}`;
}

const older = "2026-11-22T07:00:00.000Z";

describe("the claims of a node's endpoints", () => {
  const rows: readonly {
    readonly name: string;
    readonly wanted: readonly Asking[];
    readonly standing?: readonly string[];
    readonly held?: readonly Asking[];
    readonly writes: readonly (readonly string[])[];
  }[] = [
    {
      name: "are put in the transaction of the endpoint that asks",
      wanted: [{ ports: [6379, 8001], claims: [{ balancer: "lb", port: 443, scheme: "tcp" }] }],
      writes: [["*/shop/6379", "*/shop/8001", "lb/shop/db/443", "put shop/db"]],
    },
    {
      name: "are not put where they stand",
      wanted: [{}],
      standing: ["claims/*/shop/6379"],
      writes: [["put shop/db"]],
    },
    {
      name: "are put once for two containers of a project",
      wanted: [{ container: 1 }, { container: 2, service: "cache" }],
      writes: [["*/shop/6379", "put shop/cache", "put shop/db"]],
    },
    {
      name: "are put alone where the endpoint is held and they are missing",
      wanted: [{ ports: [1, 2] }],
      standing: ["claims/*/shop/1"],
      held: [{ ports: [1, 2] }],
      writes: [["*/shop/2"]],
    },
    {
      name: "of two holders on one port are put in two transactions, the older container's first",
      wanted: [
        { project: "a", container: 1 },
        { project: "z", container: 2, createdAt: older },
        { project: "m", container: 3, ports: [7000] },
      ],
      writes: [
        ["*/z/6379", "put z/db", "*/m/7000", "put m/db"],
        ["*/a/6379", "put a/db"],
      ],
    },
    {
      name: "of two services on one port of a load balancer are put in two transactions",
      wanted: [
        { service: "b", container: 1, ports: [], claims: [{ balancer: "lb", port: 443, scheme: "tcp" }] },
        { service: "a", container: 2, ports: [], claims: [{ balancer: "lb", port: 443, scheme: "tcp" }] },
      ],
      writes: [
        ["lb/shop/a/443", "put shop/a"],
        ["lb/shop/b/443", "put shop/b"],
      ],
    },
    {
      name: "of one project on the proxies and on two load balancers share a transaction",
      wanted: [
        { ports: [443], claims: ["lb", "lb2"].map((balancer) => ({ balancer, port: 443, scheme: "tcp" })) },
        { project: "other", container: 2, ports: [80] },
      ],
      writes: [["*/other/80", "put other/db", "*/shop/443", "lb/shop/db/443", "lb2/shop/db/443", "put shop/db"]],
    },
    {
      name: "of an endpoint with more ports than the node may claim at once stay in its transaction, as far as it may",
      wanted: [{ ports: Array.from({ length: 256 }, (_, at) => 1000 + at) }],
      writes: [[...Array.from({ length: 40 }, (_, at) => `*/shop/${1000 + at}`), "put shop/db"]],
    },
  ];
  for (const { name, wanted, standing, held, writes } of rows) {
    it(name, () => assert.deepEqual(transactions(nodeRecords(wanted, standing, held)), writes));
  }

  it("cost nothing when an endpoint changes its state", () => {
    const records = nodeRecords([{}]);
    transactions(records);
    records.set(new Map([asking({ state: "draining" })]));
    assert.deepEqual(transactions(records), [["put shop/db"]]);
  });

  it("are put again with the endpoint after the one that asked before is gone: they may have begun to end", () => {
    const records = nodeRecords([{ container: 1 }]);
    transactions(records);
    const [gone] = asking({ container: 1 });
    records.set(new Map([[gone, undefined], asking({ container: 2 })]));
    assert.deepEqual(transactions(records), [["*/shop/6379", "put shop/db", "delete shop/db"]]);
  });

  it("are left out once the registry refuses them, and put when it is read back", () => {
    const records = nodeRecords([{}]);
    assert.equal(records.nextWrites(lease).length, 2);
    records.refuseClaims("permission denied");
    assert.deepEqual(transactions(records), [["put shop/db"]]);
    assert.equal(records.claimsRefusal, "permission denied");
    records.adopt(new Map([asking()]), { isKnown: false, reason: "permission denied" });
    assert.equal(records.pending, 0);
    records.adopt(new Map([asking()]), { isKnown: true, standing: [] });
    assert.equal(records.claimsRefusal, undefined);
    assert.deepEqual(transactions(records), [["*/shop/6379"]]);
  });

  it("are not asked for by an endpoint whose record the registry refuses", () => {
    const records = nodeRecords([{}]);
    records.refuse(records.nextWrites(lease), "too large");
    assert.equal(records.pending, 0);
    assert.deepEqual(records.nextWrites(lease), []);
  });

  it("all come, with every endpoint, and never two holders of one port in a transaction", () => {
    const endpoint = fc.record({
      project: fc.constantFrom("a", "b", "c"),
      service: fc.constantFrom("x", "y"),
      ports: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }),
      createdAt: fc.constantFrom(older, "2026-11-22T09:00:00.000Z"),
    });
    const anyEndpoints = fc.array(endpoint, { maxLength: 40 });
    fc.assert(
      fc.property(
        anyEndpoints,
        fc.subarray(["claims/*/a/1", "claims/*/b/1", "claims/*/c/2"]),
        (endpoints, standing) => {
          const records = nodeRecords(
            endpoints.map((each, container) => ({ ...each, container })),
            standing,
          );
          const written = transactions(records);
          for (const keys of written) {
            const ports = keys.filter((key) => key.startsWith("*/")).map((key) => key.split("/")[2]);
            assert.equal(new Set(ports).size, ports.length, keys.join());
          }
          const claims = written.flat().filter((key) => key.startsWith("*/"));
          const asked = endpoints.flatMap(({ project, ports }) => ports.map((port) => `*/${project}/${port}`));
          assert.deepEqual(
            new Set(
              [...claims, ...standing.map((key) => key.replace("claims/", ""))].filter((key) => asked.includes(key)),
            ),
            new Set(asked),
          );
          assert.equal(written.flat().length - claims.length, endpoints.length);
        },
      ),
    );
  });

  it("are put sixty a minute when there are many new ones, and no endpoint waits for its own", async () => {
    using clock = new FakeClock();
    const wanted = Array.from({ length: 500 }, (_, at) => ({ container: at, project: `p${at}`, ports: [at + 1] }));
    const records = nodeRecords(wanted);
    const count = { claims: 0, endpoints: 0 };
    const write = () => {
      records.resumeClaims();
      while (records.pending > 0) {
        const writes = records.nextWrites(lease);
        records.confirm(writes);
        for (const { type } of writes) count[type === "create" ? "claims" : "endpoints"] += 1;
      }
    };
    write();
    assert.equal(count.endpoints, 500);
    assert.ok(count.claims >= 60 && count.claims <= 110, `${count.claims} claims at once`);
    assert.equal(records.postponedClaims.endpoints, 500 - count.claims);
    for (let minute = 1; minute <= 5; minute += 1) {
      for (let second = 0; second < 60; second += 1) {
        await clock.pass(1000);
        write();
      }
      assert.ok(count.claims <= 60 + minute * 60 + 50, `${count.claims} claims after ${minute} minutes`);
    }
    while (count.claims < 500) {
      await clock.pass(records.postponedClaims.ms);
      write();
    }
    assert.deepEqual(records.postponedClaims, { endpoints: 0, ms: 0 });
  });
});
