import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";
import { createLog } from "@fairway/program";
import { StateFiles } from "../../src/files/state-files.ts";
import { renderOptions } from "../../src/config/line-origins.ts";
import { builtInTemplate } from "@fairway/haproxy";
import { renderPieces } from "@fairway/haproxy";
import { readSnapshot } from "../../src/files/snapshot-file.ts";
import { statePaths, type StatePaths } from "../../src/files/state-dir.ts";
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
    const whole = () => renderPieces(desired, renderOptions(builtInTemplate()));
    let turns = 0;
    const madeIn = new Set<number>();
    const config = function* () {
      for (const piece of whole()) {
        madeIn.add(turns);
        yield piece;
      }
    };
    const paths = statePaths(directory);
    const files = filesOf(paths, { names });
    files.setConfig(config);
    files.touch();
    await untilDone(files.flush(), () => (turns += 1));
    assert.ok(madeIn.size > 10, `pieces were made in ${madeIn.size} turns of the loop`);
    assert.equal(await readFile(paths.config, "utf8"), [...whole()].join(""));
    assert.deepEqual(await readSnapshot(paths.snapshot), { is: "read", memory: { names } });
  });

  it("are whole once somebody has waited for them, also for what was being written already", async () => {
    const paths = statePaths(directory);
    const writing = new EventEmitter();
    const files = filesOf(paths, {});
    files.setConfig(() => {
      writing.emit("begun");
      return "global\n";
    });
    files.touch();
    const begun = once(writing, "begun");
    void files.flush();
    await begun;
    await files.flush();
    assert.deepEqual(await readSnapshot(paths.snapshot), { is: "read", memory: {} });
  });

  it("are left alone once they are closed", async () => {
    const paths = statePaths(directory);
    const files = filesOf(paths, {});
    files.setConfig(() => "global\n");
    await files.close();
    files.touch();
    await delay(1000);
    assert.deepEqual(await readSnapshot(paths.snapshot), { is: "none" });
  });
});

function filesOf(paths: StatePaths, memory: unknown): StateFiles {
  return new StateFiles({ paths, memory, log: createLog("test", "fatal") });
}

/** Tells each turn of the loop until something is done. */
async function untilDone(done: Promise<void>, onTurn: () => void): Promise<void> {
  const isOver = new AbortController();
  void done.then(() => isOver.abort());
  while (!isOver.signal.aborted) {
    await turn();
    onTurn();
  }
}
