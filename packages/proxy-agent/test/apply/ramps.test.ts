import assert from "node:assert/strict";
import { begunRamps, foundRamps, nextStep, noRamps, rampedWeight } from "../../src/apply/ramps.ts";
import { rosterOf } from "@fairway/haproxy";
import type { ServerCommand } from "@fairway/haproxy";
import type { Running, RunningServer } from "../../src/plan/running.ts";

const slowStartMs = 10_000;

function server(name: string, admin: RunningServer["admin"] = "ready", weight = "100"): RunningServer {
  return { name, ip: "172.17.0.2", port: 1, admin, options: ["weight", weight], endpoint: name };
}

function running(...servers: readonly RunningServer[]): Running {
  const settings = { addresses: [], bind: [], lines: [] };
  const listener = { port: 7, ssl: false, settings, servers: rosterOf(servers) };
  return { sections: undefined, listeners: new Map([[7, listener]]) };
}

describe("a server that ramps up", () => {
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
      assert.equal(rampedWeight(own, elapsedMs, slowStartMs), weight);
    });
  }

  const add = (admin: "ready" | "drain" = "ready"): ServerCommand => {
    return { do: "add", listener: 7, server: { ...server("new"), admin } };
  };
  const ready: ServerCommand = { do: "ready", listener: 7, server: { ...server("new"), admin: "ready" } };
  const arrivals: readonly (readonly [string, Running, ServerCommand, readonly string[]])[] = [
    ["is one that joins others", running(server("old")), add(), ["port_7/new"]],
    ["is none that comes alone", running(), add(), []],
    ["is none beside servers that take no connections", running(server("old", "maint")), add(), []],
    ["is none that comes drained", running(server("old")), add("drain"), []],
    ["is one that returns from maintenance", running(server("old"), server("new", "maint")), ready, ["port_7/new"]],
    ["is none that was merely drained", running(server("old"), server("new", "drain")), ready, []],
  ];
  for (const [name, before, command, expected] of arrivals) {
    it(name, () => {
      const ramps = begunRamps(noRamps, { before, commands: [command], now: 5 });
      assert.deepEqual([...ramps.keys()], expected);
    });
  }

  const ramps = new Map([["port_7/new", { listener: 7, name: "new", since: 1000 }]]);

  it("is given more with each step, and goes on", () => {
    const step = nextStep(ramps, running(server("new")), { now: 3000, slowStartMs });
    assert.deepEqual(step, { lines: ["set server port_7/new weight 20"], ramps });
  });

  it("is over with the step that gives it its own weight", () => {
    const step = nextStep(ramps, running(server("new")), { now: 11_000, slowStartMs });
    assert.deepEqual(step, { lines: ["set server port_7/new weight 100"], ramps: noRamps });
  });

  it("is left alone once it leaves", () => {
    for (const now of [running(server("new", "drain")), running(server("new", "maint")), running()]) {
      assert.deepEqual(nextStep(ramps, now, { now: 3000, slowStartMs }), { lines: [], ramps: noRamps });
    }
  });

  it("is found by its weight, with the time that it has been at it", () => {
    const state = { listener: 7, ip: "", port: 1, isInMaintenance: false, isDrained: false, isUp: true };
    const states = [
      { ...state, name: "new", weight: 30 },
      { ...state, name: "old", weight: 100 },
      { ...state, name: "out", weight: 0 },
    ];
    const now = running(server("new"), server("old"), server("out", "drain"));
    const found = foundRamps(now, states, { now: 50_000, slowStartMs });
    assert.deepEqual([...found], [["port_7/new", { listener: 7, name: "new", since: 47_000 }]]);
    const atOnce = foundRamps(now, states, { now: 50_000, slowStartMs: 0 });
    assert.deepEqual(nextStep(atOnce, now, { now: 50_000, slowStartMs: 0 }).lines, [
      "set server port_7/new weight 100",
    ]);
  });
});
