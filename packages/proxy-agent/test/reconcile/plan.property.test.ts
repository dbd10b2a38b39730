import assert from "node:assert/strict";
import fc from "fast-check";
import type { Desired } from "../../src/desired/desired.ts";
import { applyCommands, bringTo, observedAs, type Observed } from "../../src/observed.ts";
import { planReconcile, type Plan } from "../../src/reconcile/plan.ts";
import { registry } from "../arbitrary.ts";
import { desiredOf } from "../facts.ts";

/** What of what runs takes or may take connections, without servers on their way out. */
function wantedOf({ sections, listeners }: Observed, desired: Desired) {
  const names = new Set(desired.listeners.flatMap(({ servers }) => servers.map(({ name }) => name)));
  const left = [...listeners.values()].map(({ port, served, servers }) => {
    return { port, settings: served?.settings, servers: servers.filter(({ name }) => names.has(name)) };
  });
  return { sections, listeners: left.sort((a, b) => a.port - b.port) };
}

/** What runs after a plan was carried out without fault. A reload leaves exactly what is desired. */
function carryOut(observed: Observed, desired: Desired, { reasons, commands, listeners }: Plan): Observed {
  if (reasons.length > 0) return observedAs(desired, "");
  return bringTo(applyCommands(observed, commands), desired.sections, listeners);
}

const nothing: Plan = { reasons: [], commands: [], lists: [], names: [], listeners: [] };

describe("a plan, for all registries", () => {
  it("leads from what runs to what is desired", () => {
    fc.assert(
      fc.property(registry, registry, (before, after) => {
        const [observed, desired] = [observedAs(desiredOf(before), ""), desiredOf(after)];
        const result = carryOut(observed, desired, planReconcile(observed, desired));
        assert.deepEqual(wantedOf(result, desired), wantedOf(observedAs(desired, ""), desired));
        assert.deepEqual(planReconcile(result, desired), nothing);
      }),
    );
  });

  it("gives no connection to a server that is not desired", () => {
    fc.assert(
      fc.property(registry, registry, (before, after) => {
        const [observed, desired] = [observedAs(desiredOf(before), ""), desiredOf(after)];
        const names = new Set(desired.listeners.flatMap(({ servers }) => servers.map(({ name }) => name)));
        const result = carryOut(observed, desired, planReconcile(observed, desired));
        const servers = [...result.listeners.values()].flatMap((listener) => listener.servers);
        assert.ok(servers.every(({ name, admin }) => names.has(name) || admin !== "ready"));
      }),
    );
  });

  it("is nothing between equals", () => {
    fc.assert(
      fc.property(registry, (records) => {
        const { reasons, commands } = planReconcile(observedAs(desiredOf(records), ""), desiredOf(records));
        assert.deepEqual([reasons, commands], [[], []]);
      }),
    );
  });
});
