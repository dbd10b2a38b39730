import assert from "node:assert/strict";
import { Haproxy, type Server } from "@fairway/haproxy";
import { createLog } from "@fairway/program";
import type { Desired } from "../../src/desired/desired.ts";
import { Draining, strays } from "../../src/reconcile/draining.ts";
import { observedAs, type Observed, type ObservedServer } from "../../src/observed.ts";
import { noNames } from "../../src/observed-names.ts";
import { desiredOf } from "../facts.ts";
import { bridge, given } from "../given.ts";

/** It is never asked here. */
const haproxy = new Haproxy({
  bin: "",
  env: {},
  configFile: "",
  masterSocket: "",
  pidFile: "",
  outputFile: "",
  socket: "",
});

describe("servers on their way out", () => {
  const settings = { addresses: ["127.0.0.1"], bind: [] };
  const sections = { global: [], defaults: [], stats: [] };
  const server = (name: string): Server => ({ name, ip: "::1", port: 2, admin: "ready", options: [], endpoint: name });
  let draining: Draining;
  beforeEach(() => (draining = new Draining({ haproxy, drainTimeoutMs: 60_000, log: createLog("test", "fatal") })));

  const served = (...names: readonly string[]): Desired => {
    const servers = names.map(server);
    return { sections, listeners: [{ port: 1, ssl: false, services: [], settings, servers }] };
  };

  const observed = (servers: Record<string, ObservedServer["admin"]>): Observed => {
    const all = Object.entries(servers).map(([name, admin]) => ({ ...server(name), admin }));
    const listener = { port: 1, servers: all, served: undefined, isInStep: false };
    return { description: "", sections, names: noNames, listeners: new Map([[1, listener]]) };
  };

  const follow = (servers: Record<string, ObservedServer["admin"]>, ...names: readonly string[]) =>
    draining.follow(observed(servers), served(...names).listeners);

  const names = () => [...draining.leaving.values()].map(({ name }) => name);
  const deadlineOf = (name: string) => draining.leaving.get(`port_1/${name}`)?.deadline;

  it("are those in maintenance, with a deadline, and drained ones, without", () => {
    follow({ a: "maint", b: "drain", c: "ready" }, "c");
    assert.deepEqual(names(), ["a", "b"]);
    assert.equal(typeof deadlineOf("a"), "number");
    assert.equal(deadlineOf("b"), undefined);
  });

  it("keep their sessions for as long as they say themselves", () => {
    const own = { ...server("a"), admin: "maint", drainTimeoutMs: 600_000 } as const;
    const listener = { port: 1, servers: [own], served: undefined, isInStep: false };
    const now = performance.now();
    draining.follow(
      { description: "", sections, names: noNames, listeners: new Map([[1, listener]]) },
      served().listeners,
    );
    assert.ok((deadlineOf("a") ?? 0) >= now + 600_000);
  });

  it("are not those that are served drained", () => {
    follow({ b: "drain" }, "b");
    assert.deepEqual(names(), []);
  });

  it("stay when they are served again", () => {
    follow({ a: "maint", b: "drain" });
    follow({ a: "ready", b: "drain" }, "a");
    assert.deepEqual(names(), ["b"]);
  });

  it("keep their deadline however often one looks, and get one when a drained one is gone", () => {
    follow({ a: "maint", b: "drain" });
    const deadline = deadlineOf("a");
    follow({ a: "maint", b: "maint" });
    assert.equal(deadlineOf("a"), deadline);
    assert.equal(typeof deadlineOf("b"), "number");
  });

  it("are seen to at once when they are new", () => {
    assert.equal(draining.stepMs, undefined);
    follow({ a: "maint" });
    assert.equal(draining.stepMs, 10);
  });

  it("are left to the old workers by a reload, drained ones to themselves", () => {
    follow({ a: "maint", b: "drain", c: "ready" }, "c");
    draining.leaveToOldWorkers(undefined, [], served("c"));
    assert.deepEqual(names(), ["a"]);
    assert.equal(draining.leaving.get("port_1/a")?.isInWorker, false);
  });

  it("are also those that leave with a reload", () => {
    const state = {
      listener: 1,
      ip: "::1",
      port: 2,
      isInMaintenance: false,
      isDrained: false,
      weight: 1,
      isUp: true,
      unchangedS: 0,
    };
    const states = ["a", "b"].map((name) => ({ ...state, name }));
    draining.leaveToOldWorkers(observed({ a: "ready", b: "ready" }), states, served("b"));
    assert.deepEqual(names(), ["a"]);
  });
});

describe("a renamed container's sessions", () => {
  const ofName = (name: string) => desiredOf(given().service("_", name).endpoint());
  const [before, now] = [ofName("web-new"), ofName("web")];
  const former = before.listeners[0]?.servers[0]?.name ?? "";

  it("last in old workers when a reload comes with its new name", () => {
    const draining = new Draining({ haproxy, drainTimeoutMs: 60_000, log: createLog("test", "fatal") });
    const state = { listener: 6379, name: former, ip: "172.17.0.2", port: 6379 };
    const states = [{ ...state, isInMaintenance: false, isDrained: false, weight: 1, isUp: true, unchangedS: 0 }];
    draining.leaveToOldWorkers(observedAs(before, ""), states, now);
    assert.deepEqual([...draining.leaving.values()], []);
    draining.leaveToOldWorkers(observedAs(before, ""), states, desiredOf(given()));
    assert.deepEqual([...draining.leaving.keys()], [`port_6379/${former}`]);
  });

  it("are no strays", () => {
    assert.deepEqual(strays([[{ id: "0x1", listener: 6379, server: former }]], now), []);
  });
});

describe("sessions in old workers", () => {
  const served = desiredOf(
    given()
      .service("shop", "db")
      .endpoint({ addresses: [bridge("172.17.0.2")] }),
  );
  const name = served.listeners[0]?.servers[0]?.name ?? "";
  const session = (server: string, listener = 6379) => ({ id: "0x1", listener, server });
  const gone = "db.node-9.aa11bb22cc33.6379.0123456789ab";
  const rows: readonly (readonly [string, ReturnType<typeof session>, boolean])[] = [
    ["to a server that is served", session(name), false],
    ["to an earlier server of an endpoint that is served", session(name.replace(/[^.]+$/, "0123456789ab")), false],
    ["to a server that is not served", session(gone), true],
    ["to a server of another listener", session(name, 7000), true],
  ];

  it("are found among 200,000 of one worker", () => {
    const many = Array.from({ length: 200_000 }, (_, index) => session(index % 2 === 0 ? name : gone));
    assert.deepEqual(strays([[session(name)], many], served), [session(gone)]);
  });

  for (const [what, each, isStray] of rows) {
    it(`${what} ${isStray ? "end" : "last"}`, () => {
      assert.deepEqual(strays([[each]], served), isStray ? [each] : []);
    });
  }
});
