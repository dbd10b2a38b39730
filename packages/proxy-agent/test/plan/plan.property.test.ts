import assert from "node:assert/strict";
import fc from "fast-check";
import type { Desired } from "../../src/desired/desired.ts";
import { applyPlan, runningOf } from "../../src/plan/apply-plan.ts";
import { plan } from "../../src/plan/plan.ts";
import type { Running } from "../../src/plan/running.ts";
import { registry } from "../arbitrary.ts";
import { desiredOf } from "../facts.ts";

/** What of the running configuration takes or may take connections, without servers on their way out. */
function wantedOf({ sections, listeners }: Running, desired: Desired) {
  const names = new Set(desired.listeners.flatMap(({ servers }) => servers.map(({ name }) => name)));
  const left = [...listeners.values()].map((listener) => {
    return { ...listener, servers: listener.servers.filter(({ name }) => names.has(name)) };
  });
  return { sections, listeners: new Map(left.sort((a, b) => a.port - b.port).map((each) => [each.port, each])) };
}

describe("plan, for all registries", () => {
  it("leads from what runs to what is desired", () => {
    fc.assert(
      fc.property(registry, registry, (before, after) => {
        const [running, desired] = [runningOf(desiredOf(before)), desiredOf(after)];
        const result = applyPlan(running, desired, plan(running, desired));
        assert.deepEqual(wantedOf(result, desired), runningOf(desired));
        assert.deepEqual(plan(result, desired), { kind: "none" });
      }),
    );
  });

  it("gives no connection to a server that is not desired", () => {
    fc.assert(
      fc.property(registry, registry, (before, after) => {
        const [running, desired] = [runningOf(desiredOf(before)), desiredOf(after)];
        const names = new Set(desired.listeners.flatMap(({ servers }) => servers.map(({ name }) => name)));
        const result = applyPlan(running, desired, plan(running, desired));
        const servers = [...result.listeners.values()].flatMap((listener) => listener.servers);
        assert.ok(servers.every(({ name, admin }) => names.has(name) || admin !== "ready"));
      }),
    );
  });

  it("is nothing between equals", () => {
    fc.assert(
      fc.property(registry, (records) => {
        assert.deepEqual(plan(runningOf(desiredOf(records)), desiredOf(records)), { kind: "none" });
      }),
    );
  });
});
