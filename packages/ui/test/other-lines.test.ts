import assert from "node:assert/strict";
import { otherLines } from "../src/page/other-lines.ts";
import { searchForPort } from "../src/page/search.ts";
import type { NodeRow, PortRow, RejectionRow } from "../src/view/rows.ts";

function node(name: string, more: Partial<NodeRow> = {}): NodeRow {
  const flags = { isSynced: true, isDrained: false };
  return { id: name, tone: "good", name, address: "", zone: "", endpoints: 7, version: "1.0.1", ...flags, ...more };
}

function rejection(by: string, what: string): RejectionRow {
  return { id: by, tone: "broken", container: "", by, proxies: [], what, service: "", code: "port-owned", reason: "" };
}

describe("lines of a table beside that of services", () => {
  it("are in the order of their names, numbers in that of their size, whichever came first", () => {
    const names = otherLines([node("n10"), node("n9"), node("a")], "").map(({ name }) => name);
    assert.deepEqual(names, ["a", "n9", "n10"]);
    const refused = otherLines([rejection("n2", "web_1"), rejection("n1", "web_1"), rejection("n3", "db_1")], "");
    assert.deepEqual(
      refused.map(({ by, what }) => `${what} ${by}`),
      ["db_1 n3", "web_1 n1", "web_1 n2"],
    );
  });

  it("are found by a port as a whole, with no row of another kind", () => {
    const port = (name: string): PortRow => {
      const claim = { owner: "shop", endpoints: 1, sharedWith: [], refusedTo: [], claimedAt: "" };
      return { id: name, tone: "good", name, ...claim };
    };
    const names = ["80", "8080", "80@lb", "80,a.example.com"];
    for (const name of names) {
      const found = otherLines(names.map(port), searchForPort(name));
      assert.deepEqual(
        found.map((row) => row.name),
        [name],
      );
    }
    assert.deepEqual(otherLines([node("80")], searchForPort("80")), []);
  });

  for (const [search, found] of [
    ["1.0.1", ["n1"]],
    ["7", ["n1"]],
    ["good", []],
    ["true", []],
  ] as const) {
    it(`are found by what is shown of them: ${search}`, () => {
      const names = otherLines([node("n1")], search).map(({ name }) => name);
      assert.deepEqual(names, found);
    });
  }
});
