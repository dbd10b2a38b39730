import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { serverPath } from "@fairway/haproxy";
import { ProgramExit } from "@fairway/program";
import { openProxy } from "../../src/commands/open-proxy.ts";
import { askWorker } from "../../../haproxy/src/runtime/sockets.ts";
import { connectLasting, eventually, whoAnswers } from "./kit/client.ts";
import { echoServer, type EchoServer } from "./kit/echo-server.ts";
import { freePorts } from "../../../../test/free-ports.ts";
import { haproxyPath, listener, openStage, proxyOptions, serverAt, type Stage } from "./kit/stage.ts";
import { startStopwatch } from "../../../../test/lab/stalled.ts";

describe("lives and deaths around HAProxy", () => {
  let stage: Stage;
  let echo: EchoServer;
  let statsPort: number;
  let port: number;

  beforeEach(async () => {
    [statsPort = 0, port = 0] = await freePorts(2);
    echo = await echoServer("a");
    stage = await openStage({ statsPort });
  });

  afterEach(async () => {
    await stage.clear();
    await echo.close();
  });

  const isAnotherMaster = (masterPid: number) =>
    stage.processes().then(
      (processes) => processes.masterPid !== masterPid,
      () => false,
    );

  const desired = () => stage.desired([listener(port, [serverAt(echo)])]);

  it("keeps STATE_DIR to itself, mode 700", async () => {
    assert.equal((await stat(stage.paths.directory)).mode & 0o777, 0o700);
    const reason = `STATE_DIR="${stage.paths.directory}": another agent is using it`;
    await assert.rejects(openProxy(proxyOptions(stage.paths.directory)), (error) => {
      return error instanceof ProgramExit && error.lines.join() === reason;
    });
  });

  it("refuses a HAProxy that cannot be run", async () => {
    const options = proxyOptions(stage.paths.directory);
    const broken = { ...options, settings: { ...options.settings, haproxyBin: "/nonexistent/haproxy" } };
    await assert.rejects(openProxy(broken), (error) => {
      return error instanceof ProgramExit && error.lines.join().startsWith(`HAPROXY_BIN="/nonexistent/haproxy": `);
    });
  });

  it("adopts the HAProxy of an agent that was killed: same processes, connections live on, nothing reloads", async () => {
    await stage.leave();
    const child = spawn(
      process.execPath,
      [
        "--conditions=source",
        "--import=tsx",
        new URL("kit/child-agent.ts", import.meta.url).pathname,
        ...[stage.paths.directory, statsPort, port, echo.port].map(String),
      ],
      { stdio: ["ignore", "pipe", "inherit"], detached: true },
    );
    await once(child.stdout, "data");
    const lasting = await connectLasting(port);
    await lasting.echoes("before");
    const before = await stage.processes();
    process.kill(-child.pid!, "SIGKILL");
    await once(child, "exit");
    await lasting.echoes("without an agent");
    stage = await openStage({ statsPort, directory: stage.paths.directory });
    assert.deepEqual(stage.memory, { from: "child" });
    const outcome = await stage.apply(desired());
    assert.deepEqual(outcome, { ok: true, how: "none", reasons: [], commands: 0 });
    assert.deepEqual(await stage.processes(), before);
    await lasting.echoes("after");
    lasting.close();
  });

  it("mends what an adopted HAProxy holds otherwise", async () => {
    await stage.apply(desired());
    await stage.leave();
    const other = await echoServer("b");
    stage = await openStage({ statsPort, directory: stage.paths.directory });
    const outcome = await stage.apply(stage.desired([listener(port, [serverAt(other)])]));
    assert.equal(outcome.ok && outcome.how, "runtime");
    assert.equal(await whoAnswers(port), "b");
    await eventually("the old server is deleted", async () => (await stage.health()).length === 1);
    await other.close();
  });

  it("brings a server back whose address was changed by hand", async () => {
    await stage.apply(desired());
    await stage.leave();
    const other = await echoServer("b");
    const path = serverPath(port, serverAt(echo).name);
    const command = `set server ${path} addr 127.0.0.1 port ${other.port}`;
    await askWorker({ path: stage.paths.socket, timeoutMs: 5000 }, [command]);
    assert.equal(await whoAnswers(port), "b");
    stage = await openStage({ statsPort, directory: stage.paths.directory });
    const outcome = await stage.apply(desired());
    assert.equal(outcome.ok && outcome.how, "reload");
    assert.equal(await whoAnswers(port), "a");
    await other.close();
  });

  it("keeps the listeners of an adopted HAProxy that another program has the port of, at another address", async () => {
    await stage.apply(desired());
    const other = createServer().listen(port, "127.0.0.2").unref();
    await once(other, "listening");
    await stage.leave();
    stage = await openStage({ statsPort, directory: stage.paths.directory });
    const outcome = await stage.apply(desired());
    assert.deepEqual([outcome.ok && outcome.how, stage.reconciler.refusals], ["none", []]);
    assert.equal(await whoAnswers(port), "a");
    other.close();
  });

  it("reloads an adopted HAProxy that was started with other settings", async () => {
    await stage.apply(desired());
    await stage.leave();
    stage = await openStage({ statsPort, directory: stage.paths.directory });
    const outcome = await stage.apply(stage.desired([listener(port, [serverAt(echo)])], { timeouts: ["client 5s"] }));
    assert.equal(outcome.ok && outcome.how, "reload");
    assert.equal(await whoAnswers(port), "a");
  });

  for (const victim of ["worker", "master"] as const) {
    it(`serves again within a second of the ${victim}'s death`, async () => {
      const started = performance.now();
      await stage.apply(desired());
      // A second on a machine that starts HAProxy in a quarter of one; more where everything takes longer.
      const limitMs = Math.max(1000, 4 * (performance.now() - started));
      const { masterPid, workers } = await stage.processes();
      process.kill(victim === "master" ? masterPid : workers[0]!, "SIGKILL");
      const tookMs = startStopwatch(limitMs);
      await eventually("it is gone", async () => !(await answers(port)), limitMs);
      await eventually("it is served again", () => answers(port), limitMs);
      assert.ok(tookMs() < limitMs, `${tookMs()} ms`);
      await eventually("another master answers", () => isAnotherMaster(masterPid));
    });

    it(`starts it once more with what it was told last when an adopted ${victim} dies before the first pass`, async () => {
      await stage.apply(desired());
      await stage.leave();
      stage = await openStage({ statsPort, directory: stage.paths.directory });
      const { masterPid, workers } = await stage.processes();
      process.kill(victim === "master" ? masterPid : workers[0]!, "SIGKILL");
      await eventually("it is gone", async () => !(await answers(port)), 1000);
      await eventually("it is served again", () => answers(port), 3000);
      const outcome = await stage.apply(desired());
      assert.equal(outcome.ok && outcome.how, "none");
    });
  }

  it("serves again within seconds although HAProxy could not be executed for a while after its death", async () => {
    const bin = join(stage.paths.directory, "haproxy");
    await copyFile(await haproxyPath(), bin);
    await chmod(bin, 0o755);
    await stage.leave();
    stage = await openStage({ statsPort, directory: stage.paths.directory, haproxyBin: bin });
    await stage.apply(desired());
    const { masterPid } = await stage.processes();
    await chmod(bin, 0o644);
    process.kill(masterPid, "SIGKILL");
    await eventually("it is gone", async () => !(await answers(port)));
    await eventually("that is told", () => /EACCES/.test(stage.reconciler.progress.lastError ?? ""));
    await delay(2000);
    assert.equal(await answers(port), false);
    await chmod(bin, 0o755);
    await eventually("it is served again", () => answers(port), 5000);
  });

  it("serves again although a worker without a master hangs", async () => {
    const started = performance.now();
    await stage.apply(desired());
    const limitMs = Math.max(2000, 8 * (performance.now() - started));
    const lasting = await connectLasting(port);
    const { masterPid, workers } = await stage.processes();
    process.kill(workers[0]!, "SIGSTOP");
    process.kill(masterPid, "SIGKILL");
    await eventually("another master answers", () => isAnotherMaster(masterPid), limitMs);
    await eventually("it is served again", () => answers(port), limitMs);
    lasting.close();
  });

  it("takes care of servers that the killed agent had put into maintenance", async () => {
    const other = await echoServer("b");
    await stage.apply(desired());
    const lasting = await connectLasting(port);
    await stage.apply(stage.desired([listener(port, [serverAt(other)])]));
    await stage.leave();
    stage = await openStage({ statsPort, directory: stage.paths.directory });
    await lasting.echoes("adopted");
    await stage.apply(stage.desired([listener(port, [serverAt(other)])]));
    await eventually("its session is ended", () => !lasting.isOpen());
    await eventually("it is deleted", async () => (await stage.health()).length === 1);
    await other.close();
  });

  it("ends sessions to a gone server in an old worker although the agent was killed since", async () => {
    const [gone, second] = [await echoServer("b"), listener((await freePorts(1))[0] ?? 0, [serverAt(echo)])];
    const slow = { drainTimeoutMs: 60_000, statsPort };
    await stage.leave();
    stage = await openStage({ ...slow, directory: stage.paths.directory });
    await stage.apply(stage.desired([listener(port, [serverAt(echo), serverAt(gone)])]));
    const sessions = await Promise.all([1, 2, 3, 4].map(() => connectLasting(port)));
    const [stay, leave] = ["a", "b"].map((name) => sessions.filter(({ server }) => server === name));
    assert.ok(stay?.length && leave?.length);
    const now = [listener(port, [serverAt(echo)]), second];
    const outcome = await stage.apply(stage.desired(now));
    assert.equal(outcome.ok && outcome.how, "reload");
    for (const each of sessions) await each.echoes("in the old worker");
    await stage.leave();
    stage = await openStage({ statsPort, directory: stage.paths.directory });
    await stage.apply(stage.desired(now));
    await eventually("sessions to the gone one are ended", () => leave.every((each) => !each.isOpen()), 5000);
    for (const each of stay) await each.echoes("lives on");
    for (const each of stay) each.close();
    await gone.close();
  });

  it("ends softly on demand and stays away", async () => {
    await stage.apply(desired());
    const lasting = await connectLasting(port);
    const stopped = stage.reconciler.stop(5000);
    await eventually("no new connections", async () => !(await answers(port)));
    await lasting.echoes("finishing");
    lasting.close();
    await stopped;
    assert.equal(stage.reconciler.observed, undefined);
  });
});

async function answers(port: number): Promise<boolean> {
  return whoAnswers(port).then(
    () => true,
    () => false,
  );
}
