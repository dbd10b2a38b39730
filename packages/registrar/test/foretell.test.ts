import assert from "node:assert/strict";
import { endpointsOf, type EngineEvent } from "@fairway/registrar";
import { foretell } from "../src/foretell.ts";
import type { Holding } from "../src/holdings.ts";
import { endpointRecords, heldEndpoints, rejectionRecords } from "../src/records-of.ts";
import { aContainer, type ContainerBuilder } from "./a-container.ts";

const started = 1_000_000;

function holdingOf(builder: ContainerBuilder): Holding {
  const container = builder.startedAt(started).build();
  const node = { name: "node-1", address: "198.18.0.11" };
  const { name, endpoints: found, rejections } = endpointsOf({ container, owner: container, node });
  const endpoints = found.map((endpoint) => ({ ...endpoint, state: "ready" as const }));
  const report = rejectionRecords(node.name, container, { name, rejections });
  const records = new Map([...endpointRecords(endpoints, 0), ...report]);
  return { container, run: container, name, endpoints: heldEndpoints(endpoints), rejections, records };
}

function after(event: Partial<EngineEvent>, builder = aContainer().on("bridge", "172.17.0.3").serving("6379, x")) {
  const whole = { containerId: "c", what: "changed" as const, signal: 0, atMs: started + 1, ...event };
  return foretell(holdingOf(builder), whole, started + 1);
}

describe("what an event already says", () => {
  it("a container that died stands for nothing", () =>
    assert.deepEqual(after({ what: "died" }), { holding: undefined }));

  it("one that is being stopped drains, and what was refused of it stays reported", () => {
    const holding = after({ what: "killed", signal: 15 })?.holding;
    assert.deepEqual(
      holding?.endpoints.map(({ state }) => state),
      ["draining"],
    );
    const records = [...(holding?.records.values() ?? [])];
    assert.deepEqual(
      records.map((record) => /"state":"(\w+)"|"code":"([\w-]+)"/.exec(record)?.slice(1)),
      [
        ["draining", undefined],
        [undefined, "not-a-port"],
      ],
    );
  });

  const nothing: readonly (readonly [string, Partial<EngineEvent>])[] = [
    ["a signal that does not stop it", { what: "killed", signal: 1 }],
    ["a death of the run before", { what: "died", atMs: started - 1 }],
    ["a stop of the run before", { what: "killed", signal: 15, atMs: started - 1 }],
    ["any other event", { what: "changed" }],
  ];
  for (const [name, event] of nothing) it(`${name} says nothing`, () => assert.equal(after(event), undefined));

  it("nothing is said of a container that stands for nothing", () => {
    assert.equal(foretell(undefined, { containerId: "c", what: "died", signal: 0, atMs: 1 }, 1), undefined);
  });
});
