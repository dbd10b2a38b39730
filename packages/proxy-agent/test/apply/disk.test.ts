import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { createLog } from "@fairway/program";
import { Disk } from "../../src/apply/disk.ts";
import { renderPieces, builtInTemplate } from "../../src/render/render.ts";
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
    const config = () => renderPieces(desired, builtInTemplate());
    const paths = statePaths(directory);
    const disk = new Disk(paths, { config, memory: () => ({ names }) }, createLog("test", "fatal"));
    disk.touch();
    const written = disk.flush();
    assert.ok((await turnsUntil(written)) > 20);
    assert.equal(await readFile(paths.config, "utf8"), [...config()].join(""));
    assert.deepEqual(await readSnapshot(paths.snapshot), { is: "read", memory: { names } });
  });
});

/** How often the loop turns until something is done. */
async function turnsUntil(done: Promise<void>): Promise<number> {
  const isOver = new AbortController();
  void done.then(() => isOver.abort());
  let turns = 0;
  for (; !isOver.signal.aborted; turns += 1) await turn();
  return turns;
}
