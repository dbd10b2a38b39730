import assert from "node:assert/strict";
import { mkdir, readFile, rm } from "node:fs/promises";
import { allWhoAnswer, connectLasting, eventually, whoAnswers } from "./kit/client.ts";
import { echoServer, type EchoServer } from "./kit/echo-server.ts";
import { freePorts } from "../../../../test/free-ports.ts";
import { listener, openStage, serverAt, type Stage } from "./kit/stage.ts";

describe("a STATE_DIR that takes no file any more", () => {
  let stage: Stage;
  let echoes: readonly EchoServer[];
  let ports: readonly number[];

  beforeEach(async () => {
    ports = await freePorts(3);
    echoes = await Promise.all(["a", "b"].map(echoServer));
    stage = await openStage({ statsPort: ports[0]! });
    await stage.apply(stage.desired([listener(first(), servers("a"))]));
    await Promise.all(blocked().map((path) => mkdir(path)));
  });

  afterEach(async () => {
    await stage.clear();
    await Promise.all(echoes.map((echo) => echo.close()));
  });

  const first = () => ports[1] ?? 0;
  /** Nothing can be written where the temporary files would be. */
  const blocked = () => [`${stage.paths.config}.new`, `${stage.paths.snapshot}.new`];
  const free = () => Promise.all(blocked().map((path) => rm(path, { recursive: true })));
  const servers = (...names: string[]) =>
    echoes.filter(({ name }) => names.includes(name)).map((echo) => serverAt(echo));
  const told = (message: string) => stage.lines.filter(({ msg }) => msg === message).length;

  it("does not keep endpoints from changing; it is told once, and when it is over", async () => {
    const outcome = await stage.apply(stage.desired([listener(first(), servers("a", "b"))]));
    assert.equal(outcome.ok && outcome.how, "runtime");
    assert.deepEqual(await allWhoAnswer(first()), ["a", "b"]);
    await eventually("it is told", () => told("state cannot be written, traffic goes on") === 1);
    await free();
    await eventually("it is written again", () => told("state is written again") === 1);
    assert.match(await readFile(stage.paths.config, "utf8"), /server b\.x /);
    assert.equal(told("state cannot be written, traffic goes on"), 1);
  });

  it("refuses a reload, what runs goes on, and the files follow once it is over", async () => {
    const both = stage.desired([listener(first(), servers("a")), listener(ports[2] ?? 0, servers("b"))]);
    await assert.rejects(stage.apply(both), /EISDIR/);
    assert.equal(await whoAnswers(first()), "a");
    await free();
    const outcome = await stage.apply(both);
    assert.equal(outcome.ok && outcome.how, "reload");
    assert.equal(await whoAnswers(ports[2] ?? 0), "b");
  });

  it("does not keep sessions to gone servers from ending at their deadline", async () => {
    const client = await connectLasting(first());
    const other = stage.desired([listener(first(), servers("b")), listener(ports[2] ?? 0, servers("b"))]);
    await assert.rejects(stage.apply(other), /EISDIR/);
    await eventually("the session is ended", () => !client.isOpen(), 5000);
    await free();
  });

  it("does not keep HAProxy from coming back", async () => {
    const { masterPid } = await stage.processes();
    process.kill(masterPid, "SIGKILL");
    const isBack = () =>
      stage.processes().then(
        ({ masterPid: now }) => now !== masterPid,
        () => false,
      );
    await eventually("another master answers", isBack, 5000);
    assert.equal(await whoAnswers(first()), "a");
    await free();
  });
});
