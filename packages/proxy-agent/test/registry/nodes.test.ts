import assert from "node:assert/strict";
import { Nodes } from "../../src/registry/nodes.ts";

describe("nodes", () => {
  const seen = (node: string) => {
    const machine = { engineId: `engine of ${node}`, bootId: "boot", netns: "", zone: "" };
    return { node, address: "", ...machine, session: `session of ${node}`, synced: true, modRevision: 1n };
  };

  it("are forgotten when 10,000 others were seen since they went, and not before", () => {
    const nodes = new Nodes();
    for (const node of ["stays", "went", "went later"]) nodes.put(seen(node));
    nodes.delete("went");
    nodes.delete("went later");
    for (let n = 0; n < 9998; n += 1) {
      nodes.put(seen(`short-lived-${n}`));
      nodes.delete(`short-lived-${n}`);
    }
    assert.deepEqual([nodes.machineOf("went"), nodes.machineOf("went later")?.bootId], [undefined, "boot"]);
    assert.equal(nodes.machineOf("stays")?.bootId, "boot");
    assert.equal(nodes.toKnown().sessions.length, 10_000);
  });
});
