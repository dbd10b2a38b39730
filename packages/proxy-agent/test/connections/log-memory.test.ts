import assert from "node:assert/strict";
import { LogMemory } from "../../src/connections/log-memory.ts";

const line = (text: string) => ({ project: null, service: null, text });
const signal = new AbortController().signal;

describe("the lines of the log that are held", () => {
  it("are the newest ones, of a bounded length, and a reader is told how many it missed", () => {
    const memory = new LogMemory(30);
    for (let each = 0; each < 100; each += 1) memory.push(line(`line-${each + 100}`));
    assert.equal(memory.end, 100);
    const { lines, next, dropped } = memory.read(90, 100);
    assert.deepEqual(
      lines.map(({ text }) => text),
      ["line-197", "line-198", "line-199"],
    );
    assert.deepEqual([next, dropped], [100, 7]);
    assert.deepEqual(
      memory.read(98, 1).lines.map(({ text }) => text),
      ["line-198"],
    );
    assert.deepEqual(memory.read(100, 5), { lines: [], next: 100, dropped: 0 });
  });

  it("are waited for until there is one, or nobody waits any more", async () => {
    const memory = new LogMemory();
    const waiting = memory.until(0, signal);
    memory.push(line("first"));
    await waiting;
    const ended = new AbortController();
    const other = memory.until(1, ended.signal);
    ended.abort();
    await other;
    assert.equal(memory.end, 1);
  });
});
