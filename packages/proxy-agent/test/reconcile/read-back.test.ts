import assert from "node:assert/strict";
import type { Desired } from "../../src/desired/desired.ts";
import type { ServerState } from "@fairway/haproxy";
import { adopted, bringTo, observedAs, readBack, unsureOfBounds, type Observed } from "../../src/observed.ts";
import { noNames } from "../../src/observed-names.ts";
import { planReconcile } from "../../src/reconcile/plan.ts";
import { sentenceOf } from "../../src/reconcile/reload-reason.ts";

describe("what runs, by HAProxy's own account", () => {
  const state = (name: string, changes: Partial<ServerState> = {}): ServerState => {
    const base = { listener: 1, name, ip: "10.0.0.1", port: 2, isInMaintenance: false, isDrained: false } as const;
    return { ...base, weight: 1, isUp: true, unchangedS: 0, ...changes };
  };
  const settings = { addresses: ["127.0.0.1"], bind: [] };
  const server = { name: "a", ip: "10.0.0.1", port: 2, admin: "ready", options: ["check"], endpoint: "e" } as const;
  const desired: Desired = {
    sections: { global: [], defaults: [], stats: [] },
    listeners: [{ port: 1, ssl: false, services: [], settings, servers: [server] }],
  };
  /** Why it takes a reload, else what is to be done. */
  const planned = (observed: Observed, wanted: Desired): readonly string[] => {
    const { reasons, commands } = planReconcile(observed, wanted);
    return reasons.length > 0 ? reasons.map(sentenceOf) : commands.map((command) => command.do);
  };
  const read = (...states: readonly ServerState[]) =>
    readBack(observedAs(desired, ""), states).listeners.get(1)?.servers;

  it("is what is desired when HAProxy holds just that", () => {
    const observed = readBack(observedAs(desired, ""), [state("a")]);
    assert.deepEqual(bringTo(observed, desired.sections, desired.listeners), observedAs(desired, ""));
  });

  it("lacks what HAProxy lacks", () =>
    assert.deepEqual(planned(readBack(observedAs(desired, ""), []), desired), ["add"]));

  const rows: readonly (readonly [string, Partial<ServerState>, string])[] = [
    ["weight 0", { weight: 0 }, "drain"],
    ["state drain", { isDrained: true }, "drain"],
    ["maintenance", { isInMaintenance: true, weight: 0 }, "maint"],
    ["a ramping weight", { weight: 3 }, "ready"],
  ];
  for (const [name, changes, admin] of rows) {
    it(`takes ${name} for ${admin}`, () => assert.equal(read(state("a", changes))?.[0]?.admin, admin));
  }

  it("takes weight 0 for ready where that is the server's own", () => {
    const own = {
      ...desired,
      listeners: [{ ...desired.listeners[0]!, servers: [{ ...server, options: ["weight", "0"] }] }],
    };
    assert.equal(
      readBack(observedAs(own, ""), [state("a", { weight: 0 })]).listeners.get(1)?.servers[0]?.admin,
      "ready",
    );
  });

  it("is brought back by a reload when a server was given another address at run time", () => {
    for (const change of [{ ip: "10.0.0.2" }, { port: 3 }]) {
      const reasons = ["listener 1 has a server whose address was changed at run time: a"];
      assert.deepEqual(planned(readBack(observedAs(desired, ""), [state("a", change)]), desired), reasons);
    }
  });

  it("leaves open which maxconn a server has, and a plan gives it its own", () => {
    const bounded = { ...server, options: ["check", "maxconn", "7"] };
    const wanted = { ...desired, listeners: [{ ...desired.listeners[0]!, servers: [bounded] }] };
    const commands = [{ do: "update", listener: 1, server: bounded, maxconn: 7 }];
    assert.deepEqual(planReconcile(unsureOfBounds(observedAs(wanted, "")), wanted).commands, []);
    const found = unsureOfBounds(readBack(observedAs(wanted, ""), [state("a")]));
    assert.deepEqual(planReconcile(found, wanted).commands, commands);
  });

  it("knows an address however it is written", () => {
    const long = { ...desired.listeners[0]!, servers: [{ ...server, ip: "2001:DB8:0::0001" }] };
    const written = { ...desired, listeners: [long] };
    assert.deepEqual(planned(readBack(observedAs(written, ""), [state("a", { ip: "2001:db8::1" })]), written), []);
  });

  it("holds strangers, which a plan then takes out", () => {
    const running = readBack(observedAs(desired, ""), [state("a"), state("b")]);
    const commands = [{ do: "maint", listener: 1, name: "b" }];
    assert.deepEqual(planReconcile(running, desired).commands, commands);
  });

  it("does not tell with which settings an adopted HAProxy was started", () => {
    const reading = { info: { pid: 1, description: "" }, servers: [state("a")], names: noNames };
    const reasons = ["it is not known with which settings HAProxy was started"];
    assert.deepEqual(planned(adopted(reading), desired), reasons);
  });
});
