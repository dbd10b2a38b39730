import assert from "node:assert/strict";
import { EndpointStore } from "../../src/registry/endpoint-store.ts";
import { MissingEndpoints, type MissingEndpoint } from "../../src/registry/missing-endpoints.ts";
import { Nodes } from "../../src/registry/nodes.ts";

const missing: MissingEndpoint = { key: "a", state: "missing", since: 100, heldUntil: 3100, machine: null };
const orphaned: MissingEndpoint = { ...missing, key: "b", state: "orphaned", since: 2000 };

describe("the next look at what is missing", () => {
  for (const [title, known, now, expected] of [
    ["never comes when nothing is missing", [], 0, Infinity],
    ["is the first time that lies ahead", [{ ...missing, key: "c", heldUntil: 4000 }, orphaned, missing], 0, 3100],
    ["is not at a time that has come", [orphaned, missing], 3100, Infinity],
    ["is found among 300,000", Array.from({ length: 300_000 }, (_, key) => ({ ...missing, key: `${key}` })), 0, 3100],
  ] as const) {
    it(title, () => {
      const all = new MissingEndpoints({ endpoints: new EndpointStore(), nodes: new Nodes(), known });
      assert.equal(all.nextLook(now), expected);
    });
  }
});
