import assert from "node:assert/strict";
import { LostLines } from "../../src/connections/lost-lines.ts";

const first = { isFromStart: true, isAgain: false };
const adopted = { isFromStart: false, isAgain: false };
const again = { isFromStart: true, isAgain: true };

const take = (lines: LostLines, numbers: readonly number[], reading = first) =>
  numbers.filter((number) => lines.take({ pid: 7, frontend: "port_6379", number }, reading));

describe("lines of the log that never came", () => {
  it("are counted when they are missing at two looks, once", () => {
    const lines = new LostLines();
    take(lines, [0, 1, 4]);
    assert.deepEqual([lines.look(), lines.look(), lines.look()], [0, 2, 0]);
  });

  it("are not those that come late", () => {
    const lines = new LostLines();
    take(lines, [0, 2]);
    assert.equal(lines.look(), 0);
    assert.deepEqual(take(lines, [1]), [1]);
    assert.deepEqual([lines.look(), lines.look()], [0, 0]);
  });

  it("are not those whose number another line has, as two ended at once", () => {
    const lines = new LostLines();
    assert.deepEqual(take(lines, [0, 1, 1, 3]), [0, 1, 1, 3]);
    assert.deepEqual([lines.look(), lines.look()], [0, 0]);
  });

  it("are those before the first that came, but of a worker that an earlier agent had read", () => {
    const [own, others] = [new LostLines(), new LostLines()];
    take(own, [3]);
    take(others, [3], adopted);
    assert.deepEqual([own.look() + own.look(), others.look() + others.look()], [3, 0]);
  });

  it("are counted though there are very many of them", () => {
    const lines = new LostLines();
    take(lines, [0, 1_000_001]);
    assert.equal(lines.look() + lines.look(), 1_000_000);
  });

  it("do not come twice where a worker is read again, and what was missing then does", () => {
    const lines = new LostLines();
    take(lines, [0, 1, 3]);
    assert.deepEqual(take(lines, [0, 1, 2, 3, 4, 4], again), [2, 4, 4]);
    assert.deepEqual([lines.look(), lines.look()], [0, 0]);
  });

  it("of a worker that is gone are counted at once", () => {
    const lines = new LostLines();
    take(lines, [0, 5]);
    assert.deepEqual([lines.end(7), lines.end(7)], [4, 0]);
  });
});
