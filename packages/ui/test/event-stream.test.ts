import assert from "node:assert/strict";
import { eventStream } from "../src/server/event-stream.ts";
import { mostRows } from "../src/view/changes.ts";
import { noTables, type NodeRow } from "../src/view/rows.ts";

/** Rows that count how often they were made text. */
function countedRows(count: number) {
  const made = { rows: 0 };
  const rows = Array.from({ length: count }, (_, at) => {
    const toJSON = () => {
      made.rows += 1;
      return { id: `${at}` };
    };
    return [`${at}`, { id: `${at}`, tone: "good", toJSON } as unknown as NodeRow] as const;
  });
  return { made, nodes: new Map(rows) };
}

describe("what a page is sent", () => {
  it("is made text as the page reads, and not as a whole for each page that does not", async () => {
    const { made, nodes } = countedRows(10 * mostRows);
    const registry = { isConnected: true, revision: "1", reason: "" };
    const shown = { registry, tables: { ...noTables, nodes } };
    const reader = eventStream({ changeFrom: async () => shown }).getReader();
    const next = async () => new TextDecoder().decode((await reader.read()).value).split("\n", 1)[0];
    assert.equal(await next(), "event: registry");
    assert.ok(made.rows <= 2 * mostRows, `${made.rows} rows`);
    for (let at = 0; at < 10; at += 1) assert.equal(await next(), "event: change");
    assert.equal(await next(), "event: whole");
    assert.equal(made.rows, 10 * mostRows);
    await reader.cancel();
  });
});
