import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { Mutex } from "../src/mutex.ts";

describe("a mutex", () => {
  it("does one thing at a time, in the order asked, whatever fails", async () => {
    const done: string[] = [];
    const mutex = new Mutex();
    const first = mutex.run(async () => {
      await delay(5);
      done.push("first");
      throw new Error("no");
    });
    const second = mutex.run(async () => done.push("second"));
    await assert.rejects(first, /no/);
    await second;
    await mutex.idle();
    assert.deepEqual(done, ["first", "second"]);
  });
});
