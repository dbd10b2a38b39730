import assert from "node:assert/strict";
import { NodeName, type NodeNamers, nodeNameOf } from "../../src/registry/node-name.ts";
import { Nodes } from "../../src/registry/nodes.ts";

const kernel = { bootId: "boot", netns: "4026531840" };

function seen(node: string, facts: { engineId?: string; bootId?: string; netns?: string } = {}) {
  const machine = { engineId: "engine", ...kernel, ...facts };
  return { node, address: "", zone: "", ...machine, session: node, synced: true, modRevision: 1n };
}

describe("the name of a proxy's node", () => {
  const rows: readonly (readonly [string, Parameters<typeof seen>[], string])[] = [
    ["is the host's while no record is this machine's", [["far", { bootId: "other" }]], "host"],
    ["is its registrar's, whatever the host's is", [["renamed"], ["far", { bootId: "other" }]], "renamed"],
    ["is the host's when a registrar of the same kernel is elsewhere in it", [["beside", { netns: "1" }]], "host"],
    ["is the host's where the kernel of a record is not told", [["x", { bootId: "", netns: "" }]], "host"],
    ["is the host's when one of two engines of this machine has it", [["host"], ["b", { engineId: "e2" }]], "host"],
    ["is nobody's guess when two engines of this machine have others", [["a"], ["b", { engineId: "e2" }]], "host"],
  ];
  for (const [title, nodes, expected] of rows) {
    it(title, () => {
      const name = new NodeName({ hostname: "host", kernel });
      const known = new Nodes();
      for (const node of nodes) known.put(seen(...node));
      assert.equal(name.look(known), expected !== "host");
      assert.equal(name.name, expected);
    });
  }

  const by: NodeNamers = { setting: "set", addon: "asked", machine: { name: "host", found: undefined } };
  const namers: readonly (readonly [title: string, namers: Partial<NodeNamers>, node: string, nodeNamedBy: string])[] =
    [
      ["is what NODE_NAME says, whatever others do", {}, "set", "NODE_NAME"],
      ["is the addon's where nobody sets it", { setting: undefined }, "asked", "the addon"],
      ["is the host's where nobody else names it", { setting: undefined, addon: undefined }, "host", "the host"],
    ];
  for (const [title, changes, node, nodeNamedBy] of namers) {
    it(title, () => assert.deepEqual(nodeNameOf({ ...by, ...changes }), { node, nodeNamedBy }));
  }

  it("is said to be its registrar's once a record was found", () => {
    const machine = { name: "renamed", found: "renamed" };
    const named = nodeNameOf({ setting: undefined, addon: undefined, machine });
    assert.deepEqual(named, { node: "renamed", nodeNamedBy: "its registrar's record" });
  });

  it("follows its registrar to another name, and stays while that is away", () => {
    const name = new NodeName({ hostname: "host", kernel });
    const nodes = new Nodes();
    nodes.put(seen("host"));
    name.look(nodes);
    nodes.put(seen("renamed"));
    assert.deepEqual([name.look(nodes), name.name], [false, "host"], "until the former record ends");
    nodes.delete("host");
    assert.deepEqual([name.look(nodes), name.name], [true, "renamed"]);
    nodes.delete("renamed");
    assert.deepEqual([name.look(nodes), name.name], [false, "renamed"]);
  });

  it("stays when its registrar is away and another engine's of this machine is not", () => {
    const name = new NodeName({ hostname: "host", kernel });
    const nodes = new Nodes();
    for (const node of [seen("host"), seen("b", { engineId: "e2" })]) nodes.put(node);
    nodes.delete("host");
    assert.deepEqual([name.look(nodes), name.name], [false, "host"]);
  });

  it("is what an earlier agent found, until a record says otherwise", () => {
    const name = new NodeName({ hostname: "host", kernel });
    name.adopt("renamed");
    assert.equal(name.name, "renamed");
    name.look(new Nodes());
    assert.equal(name.name, "renamed");
  });
});
