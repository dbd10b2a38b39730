import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";
import { createLog } from "@fairway/program";
import { Disk } from "../../src/apply/disk.ts";
import { builtInTemplate } from "@fairway/haproxy";
import { renderPieces } from "@fairway/haproxy";
import { readSnapshot } from "../../src/state/snapshot.ts";
import { statePaths } from "../../src/state/state-dir.ts";
import { desiredOf } from "../facts.ts";
import { given, published } from "../given.ts";

describe("the files in STATE_DIR", () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), "fairway-disk-"))));
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("are written piece by piece: other work goes on while 10,000 endpoints are written", async () => {
    const records = given().service("shop", "db");
    const names = Array.from({ length: 10_000 }, (_, n) => `c${n}`);
    for (const [n, container] of names.entries()) {
      records.endpoint({ node: "node-2", container, addresses: [published("198.18.0.2", n + 1)] });
    }
    const desired = desiredOf(records);
    const whole = () => renderPieces(desired, builtInTemplate());
    let turns = 0;
    const madeIn = new Set<number>();
    const config = function* () {
      for (const piece of whole()) {
        madeIn.add(turns);
        yield piece;
      }
    };
    const paths = statePaths(directory);
    const disk = new Disk(paths, { config, memory: () => ({ names }) }, createLog("test", "fatal"));
    disk.touch();
    await untilDone(disk.flush(), () => (turns += 1));
    assert.ok(madeIn.size > 10, `pieces were made in ${madeIn.size} turns of the loop`);
    assert.equal(await readFile(paths.config, "utf8"), [...whole()].join(""));
    assert.deepEqual(await readSnapshot(paths.snapshot), { is: "read", memory: { names } });
  });

  it("are whole once somebody has waited for them, also for what was being written already", async () => {
    const paths = statePaths(directory);
    const files = new EventEmitter();
    const config = () => {
      files.emit("begun");
      return "global\n";
    };
    const disk = new Disk(paths, { config, memory: () => ({}) }, createLog("test", "fatal"));
    disk.touch();
    const begun = once(files, "begun");
    void disk.flush();
    await begun;
    await disk.flush();
    assert.deepEqual(await readSnapshot(paths.snapshot), { is: "read", memory: {} });
  });

  it("are left alone once they are closed", async () => {
    const paths = statePaths(directory);
    const disk = new Disk(paths, { config: () => "global\n", memory: () => ({}) }, createLog("test", "fatal"));
    await disk.close();
    disk.touch();
    await delay(1000);
    assert.deepEqual(await readSnapshot(paths.snapshot), { is: "none" });
  });
});

/** Tells each turn of the loop until something is done. */
async function untilDone(done: Promise<void>, onTurn: () => void): Promise<void> {
  const isOver = new AbortController();
  void done.then(() => isOver.abort());
  while (!isOver.signal.aborted) {
    await turn();
    onTurn();
  }
}
