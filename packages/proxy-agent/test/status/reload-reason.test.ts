import assert from "node:assert/strict";
import { bulkReason } from "../../src/apply/bulk.ts";
import type { Desired } from "../../src/desired/desired.ts";
import type { Sections } from "@fairway/haproxy";
import { runningOf } from "../../src/plan/apply-plan.ts";
import { plan } from "../../src/plan/plan.ts";
import { reloadReason } from "../../src/status/reload-reason.ts";
import { desiredOf, sections } from "../facts.ts";
import { given } from "../given.ts";

describe("kinds of reasons for a reload", () => {
  const one = desiredOf(given().service("shop", "db").endpoint());
  const none: Desired = { ...one, listeners: [] };
  const bound = desiredOf(given().service("shop", "db").endpoint(), { addresses: ["127.0.0.1"] });
  const other: Sections = { ...sections, defaults: [] };
  const rows: readonly (readonly [string, Desired, Desired])[] = [
    ["listener-new", none, one],
    ["listener-ended", one, none],
    ["listener-settings", one, bound],
    ["proxy-settings", one, { ...one, sections: other }],
  ];

  for (const [kind, before, after] of rows) {
    it(`tell ${kind} of a plan's own words`, () => {
      const planned = plan(runningOf(before), after);
      assert.deepEqual(planned.kind === "reload" && planned.reasons.map(reloadReason), [kind]);
    });
  }

  it("tell settings-unknown of an adopted HAProxy", () => {
    const planned = plan({ ...runningOf(one), sections: undefined }, one);
    assert.deepEqual(planned.kind === "reload" && planned.reasons.map(reloadReason), ["settings-unknown"]);
  });

  it("tell many-servers where they are too many for runtime commands", () => {
    const [server] = one.listeners[0]?.servers ?? [];
    assert.ok(server);
    const commands = Array.from({ length: 10_000 }, () => ({ do: "add", listener: 6379, server }) as const);
    assert.equal(reloadReason(bulkReason(runningOf(one), commands) ?? ""), "many-servers");
  });

  it("take all else for what HAProxy does not do at run time", () => {
    assert.equal(reloadReason('HAProxy answered "no" to "add server"'), "not-at-run-time");
  });
});
