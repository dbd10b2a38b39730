import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identityOf } from "@fairway/standalone";
import { groundAt } from "../src/ground/ground.ts";
import { takeGround } from "../src/ground/only-one.ts";

describe("the ground", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "fairway-ground-"));
  });

  afterEach(() => rm(directory, { recursive: true }));

  it("is refused where sockets' paths would be too long", () => {
    assert.throws(() => groundAt(`/${"x".repeat(100)}`), /too long for the paths of sockets; set FAIRWAY_DIRECTORY/);
  });

  it("is taken by one process at a time", async () => {
    const ground = groundAt(directory);
    const giveBack = await takeGround(ground);
    await assert.rejects(takeGround(ground), new RegExp(`in use by process ${process.pid}`));
    await giveBack();
    const giveBackAgain = await takeGround(ground);
    await giveBackAgain();
  });

  it("is free again when its holder was killed, also when another process has the pid since", async () => {
    const ground = groundAt(directory);
    await writeFile(ground.lockFile, JSON.stringify({ ...identityOf(process.pid), startTime: "1" }));
    const giveBack = await takeGround(ground);
    await giveBack();
  });
});
