import assert from "node:assert/strict";
import { sortServers, type ServerCommand } from "@fairway/haproxy";
import type { Observed, ObservedServer } from "../../src/observed.ts";
import { noNames } from "../../src/observed-names.ts";
import { SlowStart, slowStartWeight } from "../../src/reconcile/slow-start.ts";

const slowStartMs = 10_000;

function server(name: string, admin: ObservedServer["admin"] = "ready", weight = "100"): ObservedServer {
  return { name, ip: "172.17.0.2", port: 1, admin, options: ["weight", weight], endpoint: name };
}

function observed(...servers: readonly ObservedServer[]): Observed {
  const listener = { port: 7, servers: sortServers(servers), served: undefined, isInStep: true };
  return { description: "", sections: undefined, names: noNames, listeners: new Map([[7, listener]]) };
}

describe("a server that slowly starts", () => {
  const weights: readonly (readonly [own: number, elapsedMs: number, weight: number])[] = [
    [100, 0, 5],
    [100, 2500, 25],
    [100, 10_000, 100],
    [100, 99_000, 100],
    [256, 5000, 128],
    [1, 0, 1],
    [3, 0, 1],
    [0, 5000, 0],
  ];
  for (const [own, elapsedMs, weight] of weights) {
    it(`of weight ${own} has ${weight} after ${elapsedMs} of ${slowStartMs} ms`, () => {
      assert.equal(slowStartWeight(own, elapsedMs, slowStartMs), weight);
    });
  }

  const ready = { ...server("new"), admin: "ready" } as const;
  const add = (admin: "ready" | "drain" = "ready"): ServerCommand => {
    return { do: "add", listener: 7, server: { ...ready, admin } };
  };
  const back: ServerCommand = { do: "ready", listener: 7, server: ready };
  const arrivals: readonly (readonly [string, Observed, ServerCommand, boolean])[] = [
    ["is one that joins others", observed(server("old")), add(), true],
    ["is none that comes alone", observed(), add(), false],
    ["is none beside servers that take no connections", observed(server("old", "maint")), add(), false],
    ["is none that comes drained", observed(server("old")), add("drain"), false],
    ["is one that returns from maintenance", observed(server("old"), server("new", "maint")), back, true],
    ["is none that was merely drained", observed(server("old"), server("new", "drain")), back, false],
  ];
  for (const [name, before, command, isArrival] of arrivals) {
    it(name, () => {
      const each = new SlowStart(slowStartMs);
      assert.deepEqual(each.withFirstWeights(before, [command], 5), [isArrival ? { ...command, weight: 5 } : command]);
      each.begin(before, [command], 5);
      assert.deepEqual([...each.servers.keys()], isArrival ? ["port_7/new"] : []);
    });
  }

  const begun = () => {
    const each = new SlowStart(slowStartMs);
    each.begin(observed(server("old")), [add()], 1000);
    return each;
  };

  it("is given more with each step, and goes on", () => {
    const each = begun();
    const step = each.next(observed(server("new")), 3000);
    assert.deepEqual(step.commands, [{ do: "weight", listener: 7, name: "new", weight: 20 }]);
    each.advance(step);
    assert.equal(each.stepMs, 200);
  });

  it("goes on with its share of a weight that changes meanwhile", () => {
    const update: ServerCommand = { do: "update", listener: 7, server: ready, weight: 100, maxconn: 9 };
    assert.deepEqual(begun().withFirstWeights(observed(server("new")), [update], 3000), [{ ...update, weight: 20 }]);
    const bound: ServerCommand = { do: "update", listener: 7, server: ready, maxconn: 9 };
    assert.deepEqual(begun().withFirstWeights(observed(server("new")), [bound], 3000), [bound]);
  });

  it("takes its own time, where it has one", () => {
    const own = { ...ready, slowStartMs: 2000 };
    const each = new SlowStart(0);
    const command = { do: "add", listener: 7, server: own } as const;
    assert.deepEqual(each.withFirstWeights(observed(server("old")), [command], 0), [{ ...command, weight: 5 }]);
    each.begin(observed(server("old")), [command], 0);
    assert.deepEqual(each.next(observed(own), 1000).commands, [{ do: "weight", listener: 7, name: "new", weight: 50 }]);
    assert.equal(each.stepMs, 100);
    const atOnce = { ...command, server: { ...ready, slowStartMs: 0 } };
    assert.deepEqual(new SlowStart(slowStartMs).withFirstWeights(observed(server("old")), [atOnce], 0), [atOnce]);
  });

  it("is over with the step that gives it its own weight", () => {
    const each = begun();
    const step = each.next(observed(server("new")), 11_000);
    assert.deepEqual(step.commands, [{ do: "weight", listener: 7, name: "new", weight: 100 }]);
    assert.equal(each.stepMs, 200, "HAProxy has not taken it yet");
    each.advance(step);
    assert.equal(each.stepMs, undefined);
  });

  it("is left alone once it leaves", () => {
    for (const now of [observed(server("new", "drain")), observed(server("new", "maint")), observed()]) {
      assert.deepEqual(begun().next(now, 3000), { commands: [], servers: new Map() });
    }
  });

  it("is found by its weight, with the time that it has been at it", () => {
    const state = { listener: 7, ip: "", port: 1, isInMaintenance: false, isDrained: false, isUp: true, unchangedS: 0 };
    const states = [
      { ...state, name: "new", weight: 30 },
      { ...state, name: "old", weight: 100 },
      { ...state, name: "out", weight: 0 },
    ];
    const now = observed(server("new"), server("old"), server("out", "drain"));
    const each = new SlowStart(slowStartMs);
    each.resume(now, states, 50_000);
    assert.deepEqual([...each.servers], [["port_7/new", { listener: 7, name: "new", since: 47_000, slowStartMs }]]);
    const atOnce = new SlowStart(0);
    atOnce.resume(now, states, 50_000);
    assert.deepEqual(atOnce.next(now, 50_000).commands, [{ do: "weight", listener: 7, name: "new", weight: 100 }]);
  });
});
