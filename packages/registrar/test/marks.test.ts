import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { createMarks } from "../src/marks.ts";

/** Marks whose passes end when the test says so. */
function held(atOnce = 8) {
  const begun: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const failures: string[] = [];
  const stop = new AbortController();
  const marks = createMarks({
    pass: (name) => {
      begun.push(name);
      return new Promise((resolve, reject) => {
        ends.set(name, (error) => (error === undefined ? resolve() : reject(error)));
      });
    },
    onFailure: (name) => failures.push(name),
    atOnce,
    signal: stop.signal,
  });
  const end = async (name: string, error?: Error) => {
    ends.get(name)?.(error);
    await turn();
  };
  return { marks, begun, end, failures, stop: () => stop.abort() };
}

describe("marks", () => {
  it("begin a pass at once", () => {
    const { marks, begun } = held();
    marks.mark("a");
    assert.deepEqual(begun, ["a"]);
  });

  it("begin one more pass after marks during a pass, however many", async () => {
    const { marks, begun, end } = held();
    for (let n = 0; n < 5; n += 1) marks.mark("a");
    assert.deepEqual(begun, ["a"]);
    await end("a");
    assert.deepEqual(begun, ["a", "a"]);
    await end("a");
    assert.deepEqual(begun, ["a", "a"]);
  });

  it("run so many at once and no more", async () => {
    const { marks, begun, end } = held(2);
    for (const name of ["a", "b", "c"]) marks.mark(name);
    assert.deepEqual(begun, ["a", "b"]);
    await end("b");
    assert.deepEqual(begun, ["a", "b", "c"]);
  });

  it("let a pass that hangs or fails delay no other", async () => {
    const { marks, begun, end, failures, stop } = held();
    marks.mark("hangs");
    marks.mark("fails");
    await end("fails", new Error("no"));
    marks.mark("works");
    await end("works");
    assert.deepEqual([begun, failures], [["hangs", "fails", "works"], ["fails"]]);
    stop();
  });

  it("repeat a failed pass, and are settled when it succeeds", async () => {
    let tries = 0;
    const pass = async () => {
      tries += 1;
      if (tries < 2) throw new Error("no");
    };
    const marks = createMarks({ pass, onFailure: () => undefined, atOnce: 1, signal: new AbortController().signal });
    marks.mark("a");
    await marks.settled();
    assert.equal(tries, 2);
  });

  it("are settled as well when one has failed three times", async () => {
    const stop = new AbortController();
    let tries = 0;
    const pass = async () => {
      tries += 1;
      throw new Error("no");
    };
    const marks = createMarks({ pass, onFailure: () => undefined, atOnce: 1, signal: stop.signal });
    marks.mark("a");
    await marks.settled();
    assert.equal(tries, 3);
    stop.abort();
  });

  it("are settled when there is nothing to do", async () => held().marks.settled());
});
