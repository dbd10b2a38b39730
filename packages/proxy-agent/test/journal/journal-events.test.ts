import assert from "node:assert/strict";
import { journalEventsPath } from "@fairway/contract";
import { apiRoutes } from "@fairway/program";
import { LogMemory } from "../../src/connections/log-memory.ts";
import { addJournalEvents } from "../../src/journal/journal-events.ts";

describe("the events of a journal", () => {
  const open = async (headers: Readonly<Record<string, string>> = {}, query = "") => {
    const memory = new LogMemory();
    const push = (seq: number) =>
      memory.push({ project: null, service: null, text: JSON.stringify({ is: "began", seq }), seq });
    for (const seq of [1, 2, 3]) push(seq);
    const app = apiRoutes(
      () => undefined,
      (each) => addJournalEvents(each, memory),
    );
    const response = await app.request(journalEventsPath + query, { headers: { host: "localhost", ...headers } });
    assert.equal(response.headers.get("content-type"), "text/event-stream");
    assert.ok(response.body);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const next = async () => (await reader.read()).value ?? "";
    assert.equal(await next(), ": the journal of a proxy\n\n");
    return { push, next, close: () => reader.cancel() };
  };
  const event = (seq: number) => `event: entry\nid: ${seq}\ndata: {"is":"began","seq":${seq}}\n\n`;

  it("are what comes from now on", async () => {
    const { push, next, close } = await open();
    const coming = next();
    push(4);
    assert.equal(await coming, event(4));
    await close();
  });

  for (const [what, headers, query] of [
    ["Last-Event-ID", { "Last-Event-ID": "1" }, ""],
    ["after", {}, "?after=1"],
  ] as const) {
    it(`are what came after the one that ${what} names, and what comes`, async () => {
      const { push, next, close } = await open(headers, query);
      assert.equal(await next(), event(2) + event(3));
      push(4);
      assert.equal(await next(), event(4));
      await close();
    });
  }
});
