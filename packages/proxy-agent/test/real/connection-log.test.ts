import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { settingLine, type Line } from "@fairway/haproxy";
import { freePorts } from "../../../../test/free-ports.ts";
import type { LogEntry } from "../../src/connections/connection-log.ts";
import { connectLasting, eventually } from "./kit/client.ts";
import { listener, openStage, serverAt, type Stage } from "./kit/stage.ts";
import { useStage } from "./kit/use-stage.ts";

const many = fileURLToPath(new URL("kit/many-connections.mjs", import.meta.url));

describe("the log of connections", () => {
  const at = useStage(["aaaaaaaaaaaa"], 1, { isLogged: true });
  const port = () => at().ports[0] ?? 0;

  const serve = async (stage: Stage, { maxconn = 1000, lines = [] }: { maxconn?: number; lines?: Line[] } = {}) => {
    const servers = at().echoes.map((echo) => serverAt(echo));
    const outcome = await stage.apply(
      stage.desired([listener(port(), servers, { lines })], { maxconn, connectionLog: "on" }),
    );
    assert.ok(outcome.ok, JSON.stringify(outcome));
    return outcome.how;
  };
  const logOf = ({ connections }: Stage) => connections ?? assert.fail("it keeps none");
  const entries = (stage: Stage) =>
    logOf(stage)
      .memory.read(0, 100_000)
      .lines.map(({ text }) => JSON.parse(text) as LogEntry);
  const told = (stage: Stage) =>
    entries(stage).map((entry) => (entry.is === "lost" ? `${entry.count} lost` : entry.ended));
  const idle = (stage: Stage) =>
    logOf(stage)
      .idleEnds.all()
      .map(({ count }) => count);
  const talk = async (words = 1) => {
    const connection = await connectLasting(port());
    for (let index = 0; index < words; index += 1) await connection.echoes("hello");
    return connection;
  };

  it("names whose a connection was, how much it carried, how long it took and why it ended", async () => {
    const { stage } = at();
    await serve(stage);
    (await talk(2)).close();
    await eventually("it is logged", () => entries(stage).length === 1);
    const [entry] = entries(stage);
    assert.ok(entry?.is === "connection");
    const { time, client, sentBytes, queueMs, connectMs, durationMs, ...rest } = entry;
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000, time);
    assert.match(client, /^127\.0\.0\.1:[0-9]+$/);
    assert.ok(sentBytes > 12 && queueMs !== null && connectMs !== null && durationMs >= 0, JSON.stringify(entry));
    const names = { project: "shop", service: "echo", node: "node-1", container: "aaaaaaaaaaaa" };
    const ended = { state: "--", ended: "both sides were done", idle: false };
    assert.deepEqual(rest, { is: "connection", listener: port(), name: null, ...names, receivedBytes: 12, ...ended });
  });

  it("has what ends in an old worker after a reload, which goes once its last connection has been told", async () => {
    const { stage } = at();
    await serve(stage);
    const [first, second] = [await talk(), await talk()];
    assert.equal(await serve(stage, { maxconn: 999 }), "reload");
    first.close();
    await eventually("the first is logged", () => entries(stage).length === 1);
    await second.echoes("again");
    second.close();
    await eventually("the second is logged", () => entries(stage).length === 2);
    (await talk()).close();
    await eventually("one of the new worker is logged", () => entries(stage).length === 3);
    await eventually("the old worker ends", async () => (await stage.processes()).oldWorkers.length === 0);
    assert.equal(logOf(stage).lost, 0);
  });

  it("counts a connection that IDLE ended, one whose client said nothing as well, and over a reload", async () => {
    const { stage } = at();
    const silence = (time: string) => ({ lines: [settingLine("IDLE", `timeout tunnel ${time}`)] });
    await serve(stage, silence("1s"));
    const [silent, quiet] = [await connectLasting(port()), await talk()];
    assert.equal(await serve(stage, silence("1h")), "reload");
    const lasting = await talk();
    await eventually("both are counted", () => idle(stage).join() === "2");
    assert.deepEqual(
      [silent, quiet, lasting].map((each) => each.isOpen()),
      [false, false, true],
    );
    lasting.close();
    await eventually("all are logged", () => entries(stage).length === 3);
    const byIdle = "no byte came for 1 s, which IDLE allows";
    assert.deepEqual(told(stage), [byIdle, byIdle, "both sides were done"]);
    assert.deepEqual(idle(stage), [2]);
  });

  it("has what ended while there was no agent, and counts nothing twice", async () => {
    const { stage, statsPort } = at();
    await serve(stage, { lines: [settingLine("IDLE", "timeout tunnel 1s")] });
    (await talk()).close();
    await talk();
    await eventually("both are logged", () => entries(stage).length === 2);
    assert.deepEqual(idle(stage), [1]);
    await stage.leave();
    (await talk()).close();
    const next = await openStage({ statsPort, directory: stage.paths.directory, isLogged: true });
    try {
      assert.equal(await serve(next, { lines: [settingLine("IDLE", "timeout tunnel 1s")] }), "none");
      (await talk()).close();
      await eventually("all are there", () => entries(next).length === 4);
      assert.deepEqual([idle(next), logOf(next).lost], [[], 0]);
    } finally {
      await next.leave();
    }
  });

  it("loses none of 6,000 connections while it is not read for 5 s", async () => {
    const { stage } = at();
    const [serverPort = 0] = await freePorts(1);
    const { echoes } = at();
    const server = { ...serverAt(echoes[0] ?? assert.fail()), port: serverPort, options: [] };
    const outcome = await stage.apply(stage.desired([listener(port(), [server])], { connectionLog: "on" }));
    assert.ok(outcome.ok, JSON.stringify(outcome));
    // This program, which reads the log, stands still meanwhile.
    const words = [many, serverPort, port(), 6000, 5000].map(String);
    const ran = spawnSync(process.execPath, words, { stdio: "inherit", timeout: 100_000 });
    assert.equal(ran.status, 0);
    await eventually("all are there", () => entries(stage).length >= 6000);
    assert.deepEqual([entries(stage).length, logOf(stage).lost], [6000, 0]);
  });
});
