import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Server as NetServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { freePorts } from "../../../../test/free-ports.ts";
import { startStopwatch } from "../../../../test/lab/stalled.ts";
import type { ContainerHostPort } from "../../src/registry/host-ports.ts";
import { eventually, whoAnswers } from "./kit/client.ts";
import { echoServer, type EchoServer } from "./kit/echo-server.ts";
import { listener, openStage, serverAt, type Stage, type StageFacts } from "./kit/stage.ts";

const container12 = "4f5c1b2a9d3e";

/** So many ports as one container may list. */
const many = 1024;

describe("the ports of others", () => {
  let stage: Stage;
  let echo: EchoServer;
  let ports: readonly number[];
  let holder: NetServer | undefined;
  let process: ChildProcess | undefined;

  const open = async (facts: Partial<StageFacts> = {}) => {
    stage = await openStage({ statsPort: ports[0]!, ...facts });
  };
  const hold = async (port: number) => {
    holder = createServer().listen(port, "127.0.0.1").unref();
    await once(holder, "listening");
  };
  const at = (port: number) => listener(port, [serverAt(echo)]);
  const reasons = () => stage.reconciler.refusals.map(({ code, reason }) => `${code}: ${reason}`);
  const isRefused = (expected: RegExp) => {
    return eventually("the reason is told", () => expected.test(reasons().join()), 10_000);
  };

  beforeEach(async () => {
    ports = await freePorts(3);
    echo = await echoServer("a");
  });

  afterEach(async () => {
    holder?.close();
    process?.kill();
    await stage.clear();
    await echo.close();
  });

  it("that a container of this node owns are not begun to be bound, and are once it owns them no more", async () => {
    const [, first = 0, second = 0] = ports;
    let taken: readonly ContainerHostPort[] = [{ ip: "0.0.0.0", port: second, container12 }];
    await open({ hostPortsAt: (port) => taken.filter((each) => each.port === port) });
    await stage.apply(stage.desired([at(first), at(second)]));
    assert.match(reasons().join(), new RegExp(`^port-published: 127.0.0.1:${second} is for container ${container12} `));
    assert.equal(await whoAnswers(first), "a");
    await delay(2500);
    await assert.rejects(whoAnswers(second), "it is left alone however often it is looked at");
    taken = [];
    stage.reconciler.lookAtHostPorts();
    await eventually("it is served", async () => (await whoAnswers(second)) === "a", 5000);
  });

  it("that a container of this node comes to own while they are served go on being served, and that is told", async () => {
    const [, first = 0, second = 0] = ports;
    let taken: readonly ContainerHostPort[] = [];
    await open({ hostPortsAt: (port) => taken.filter((each) => each.port === port) });
    await stage.apply(stage.desired([at(first)]));
    taken = [{ ip: "0.0.0.0", port: first, container12 }];
    stage.reconciler.lookAtHostPorts();
    const outcome = await stage.apply(stage.desired([at(first), at(second)]));
    assert.ok(outcome.ok);
    assert.deepEqual([await whoAnswers(first), await whoAnswers(second)], ["a", "a"]);
    assert.deepEqual(reasons(), []);
    const owed = stage.reconciler.owed.map(({ listener: port, code, reason }) => [
      port,
      code,
      reason.includes(container12),
    ]);
    assert.deepEqual(owed, [[first, "port-owed", true]]);
  });

  it("that another program was seen to hold are taken only after they have been free for a time", async () => {
    const [, first = 0, second = 0] = ports;
    await open({ freeForMs: 3000 });
    await hold(second);
    await stage.apply(stage.desired([at(first), at(second)]));
    await isRefused(/^port-taken: \S+ is held by node \(pid \d+\)$/);
    holder?.close();
    await isRefused(/was held by node \(pid \d+\) until a short time ago: it is taken once it has been free for 3 s/);
    await hold(second);
    await isRefused(/^port-taken: \S+ is held by node \(pid \d+\)$/);
    holder?.close();
    const freed = performance.now();
    await eventually(
      "it is served",
      () =>
        whoAnswers(second).then(
          () => true,
          () => false,
        ),
      15_000,
    );
    const waitedMs = performance.now() - freed;
    assert.ok(waitedMs >= 3000, `it was taken ${waitedMs} ms after it was free`);
  });

  it("in use by an outgoing connection say so", async () => {
    const [, first = 0] = ports;
    await open();
    const connection = connect({ host: "127.0.0.1", port: echo.port });
    await once(connection, "connect");
    const second = connection.localPort ?? 0;
    await stage.apply(stage.desired([at(first), at(second)]));
    const reason = new RegExp(`is in use by a connection of this machine to 127\\.0\\.0\\.1:${echo.port}$`);
    assert.match(reasons().join(), reason);
    connection.destroy();
  });

  it("1,024 of them are seen within 500 ms, and meanwhile an endpoint comes within 100 ms", async () => {
    const [statsPort = 0, first = 0, ...taken] = await freePorts(many + 2);
    process = spawn("node", ["-e", holdAll], { stdio: ["ignore", "pipe", "inherit"], env: { PORTS: taken.join() } });
    await once(process.stdout!, "data");
    await open({ statsPort, freeForMs: 60_000 });
    await stage.apply(stage.desired([at(first)]));
    const listeners = [at(first), ...taken.map(at)].sort((a, b) => a.port - b.port);
    const [outcome, tookMs] = await timed(500, () => stage.apply(stage.desired(listeners)));
    assert.equal(outcome.ok && outcome.how, "none");
    assert.equal(stage.reconciler.refusals.length, many);
    assert.ok(tookMs <= 500, `it took ${tookMs} ms`);
    const other = await echoServer("b");
    let slowestMs = 0;
    for (let round = 0; round < 30; round += 1) {
      const servers = round % 2 === 0 ? [serverAt(echo), serverAt(other)] : [serverAt(echo)];
      const changed = listeners.map((each) => (each.port === first ? listener(first, servers) : each));
      const [change, changeMs] = await timed(100, () => stage.apply(stage.desired(changed)));
      assert.equal(change.ok && change.how, "runtime");
      slowestMs = Math.max(slowestMs, changeMs);
      await delay(100);
    }
    assert.ok(slowestMs <= 100, `the slowest of 30 changes took ${slowestMs} ms`);
    await isRefused(/is held by node \(pid \d+\)/);
    await other.close();
  });
});

/** What work comes to, and how long it took; time in which others had the processor counts up to `limitMs` less. */
async function timed<T>(limitMs: number, work: () => Promise<T>): Promise<readonly [T, number]> {
  const tookMs = startStopwatch(limitMs);
  const done = await work();
  return [done, tookMs()];
}

const holdAll = `
  const { createServer } = require("node:net");
  const ports = process.env.PORTS.split(",").map(Number);
  Promise.all(ports.map((port) => new Promise((done) => createServer().listen(port, "127.0.0.1", done))))
    .then(() => console.log("held"));
`;
