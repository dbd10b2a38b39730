import assert from "node:assert/strict";
import { startStopwatch } from "../../../../test/lab/stalled.ts";
import { type Program, startProgram } from "./program.ts";
import { createWorld, type World } from "./world.ts";

describe("closing the client", () => {
  let world: World;
  let program: Program;

  beforeEach(async () => {
    world = await createWorld();
    program = startProgram("./closing-program.ts", world.member.endpoint);
    await program.printed("watching");
  });

  afterEach(async () => {
    await program.end("SIGKILL");
    await world.end();
  });

  it("lets the process end although a watch was open", async () => {
    assert.equal(await program.end("SIGTERM"), 0);
  });

  it("lets the process end at once when etcd does not answer", async () => {
    world.member.freeze();
    const tookMs = startStopwatch(5000);
    assert.equal(await program.end("SIGTERM"), 0);
    assert.ok(tookMs() < 5000);
  });
});
