import assert from "node:assert/strict";
import { stopSignalNumber } from "../../src/docker/stop-signal.ts";

describe("a stop signal", () => {
  const rows: readonly (readonly [string | undefined, number])[] = [
    [undefined, 15],
    ["", 15],
    ["SIGTERM", 15],
    ["SIGINT", 2],
    ["QUIT", 3],
    ["sigusr1", 10],
    ["37", 37],
    ["SIGRTMIN+3", 37],
    ["RTMIN", 34],
    ["SIGRTMAX-1", 63],
    ["SIGNONSENSE", 15],
  ];
  for (const [text, number] of rows) {
    it(`${text ?? "unset"} is ${number}`, () => assert.equal(stopSignalNumber(text), number));
  }
});
