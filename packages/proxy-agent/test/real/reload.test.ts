import assert from "node:assert/strict";
import { allWhoAnswer, connectLasting, eventually, load, whoAnswers, type LastingConnection } from "./kit/client.ts";
import { echoServer, type EchoServer } from "./kit/echo-server.ts";
import { freePorts } from "../../../../test/free-ports.ts";
import type { Applied } from "../../src/reconcile/progress.ts";
import { sentenceOf } from "../../src/reconcile/reload-reason.ts";
import { listener, openStage, serverAt, type Stage } from "./kit/stage.ts";
import { applyUnbindable } from "./kit/unbindable.ts";

const sentences = ({ reasons }: Applied) => reasons.map(sentenceOf).join("; ");

describe("a change that reloads", () => {
  let stage: Stage;
  let echo: EchoServer;
  let ports: readonly number[];

  beforeEach(async () => {
    ports = await freePorts(5);
    echo = await echoServer("a");
    stage = await openStage({ statsPort: ports[0]! });
  });

  afterEach(async () => {
    await stage.clear();
    await echo.close();
  });

  const at = (port: number, settings = {}) => listener(port, [serverAt(echo)], settings);

  it("loses no connection while 20 listeners come and go, and an open one lives on", async () => {
    const [, steady = 0] = ports;
    const others = await freePorts(20);
    await stage.apply(stage.desired([at(steady)]));
    const lasting = await connectLasting(steady);
    const traffic = load(steady, 5);
    const serve = async (listeners: readonly number[]) => {
      const outcome = await stage.apply(stage.desired([steady, ...listeners].map((port) => at(port))));
      assert.equal(outcome.ok && outcome.how, "reload");
      for (const port of listeners) assert.equal(await whoAnswers(port), "a");
      await lasting.echoes(`with-${listeners.length}`);
    };
    for (const count of others.keys()) await serve(others.slice(0, count + 1));
    for (const left of [16, 12, 8, 4, 0]) await serve(others.slice(20 - left));
    const { tried, failures } = await traffic.stop();
    assert.deepEqual(failures, []);
    assert.ok(tried > 200, `only ${tried} connections were tried`);
    lasting.close();
  });

  it("lets an open connection live through 27 reloads", async () => {
    const [, steady = 0, other = 0] = ports;
    await stage.apply(stage.desired([at(steady)]));
    const lasting = await connectLasting(steady);
    for (let round = 0; round < 27; round += 1) {
      const outcome = await stage.apply(stage.desired([at(steady), ...(round % 2 === 0 ? [at(other)] : [])]));
      assert.equal(outcome.ok && outcome.how, "reload");
    }
    await lasting.echoes("after 27 reloads");
    lasting.close();
  });

  it("cuts no connection for 30 new listeners with a lasting connection between each: later ones share reloads", async () => {
    const [, steady = 0] = ports;
    const others = await freePorts(30);
    await stage.apply(stage.desired([at(steady)]));
    const lasting = [await connectLasting(steady)];
    for (const count of others.keys()) {
      await stage.apply(stage.desired([steady, ...others.slice(0, count + 1)].map((port) => at(port))));
      if (count === 20) assert.match(stage.reconciler.waiting[0]?.reason ?? "", /waits for a reload that it shares/);
      lasting.push(await connectLasting(steady));
    }
    const answers = async (port: number) => (await whoAnswers(port).catch(() => "nobody")) === "a";
    await eventually("all are served", async () => answers(others.at(-1) ?? 0), 30_000);
    for (const port of others) assert.ok(await answers(port), `${port}`);
    await Promise.all(lasting.map((each) => each.echoes("lives")));
    const { oldWorkers } = await stage.processes();
    assert.ok(oldWorkers.length <= 9, `${oldWorkers.length} old workers`);
    for (const each of lasting) each.close();
  });

  it("ends the oldest worker when there would be too many old ones, warns before, and counts it", async () => {
    await stage.clear();
    const [statsPort = 0, steady = 0, other = 0, spare = 0] = ports;
    stage = await openStage({ statsPort, mostOldWorkers: 5 });
    const lasting: LastingConnection[] = [];
    for (let round = 0; round < 7; round += 1) {
      assert.equal(stage.reconciler.workersEnded, 0);
      await stage.apply(stage.desired([at(steady), ...(round % 2 === 0 ? [at(other)] : [])]));
      lasting.push(await connectLasting(steady));
    }
    await eventually("the oldest connection is ended", () => lasting[0]?.isOpen() === false);
    await Promise.all(lasting.slice(1).map((each) => each.echoes("lives")));
    const told = stage.lines
      .map(({ msg }) => msg)
      .filter((msg) => typeof msg === "string" && /old(est)? worker/.test(msg));
    assert.deepEqual(told, ["many old workers", "oldest worker ended, with its connections"]);
    assert.equal(stage.reconciler.workersEnded, 1);
    const failed = await applyUnbindable(stage, spare, stage.desired([at(steady)]));
    assert.deepEqual([failed.ok, stage.reconciler.workersEnded], [false, 2]);
    for (const each of lasting) each.close();
  });

  it("keeps no endpoint of another listener waiting while the master stands still, and comes when it goes on", async () => {
    const [, first = 0, second = 0] = ports;
    const other = await echoServer("b");
    await stage.apply(stage.desired([at(first)]));
    const { masterPid } = await stage.processes();
    process.kill(masterPid, "SIGSTOP");
    try {
      const waiting = stage.apply(stage.desired([at(first), at(second)]));
      await assert.rejects(waiting, /master\.sock gave no answer within \d+ ms/);
      const servers = [serverAt(echo), serverAt(other)];
      void stage.apply(stage.desired([listener(first, servers), at(second)])).catch(() => undefined);
      await eventually("b is served", async () => (await allWhoAnswer(first)).join() === "a,b", 5000);
      await assert.rejects(whoAnswers(second));
    } finally {
      process.kill(masterPid, "SIGCONT");
    }
    await eventually("the new listener is served", async () => (await allWhoAnswer(second)).join() === "a", 5000);
    await other.close();
  });

  it("tells the reasons as sentences", async () => {
    const [, first = 0, second = 0] = ports;
    await stage.apply(stage.desired([at(first)]));
    const outcome = await stage.apply(stage.desired([at(first, { bind: ["maxconn", "7"] }), at(second)]));
    assert.ok(outcome.ok && outcome.how === "reload");
    assert.deepEqual(
      outcome.reasons.map(sentenceOf).sort(),
      [`listener ${first} has other settings: bind options`, `listener ${second} is new`].sort(),
    );
  });

  it("ends sessions to a gone server in the old worker too", async () => {
    const [, first = 0, second = 0] = ports;
    const other = await echoServer("b");
    await stage.apply(stage.desired([listener(first, [serverAt(other)])]));
    const many = await Promise.all(Array.from({ length: 60 }, () => connectLasting(first)));
    await stage.apply(stage.desired([at(first), at(second)]));
    for (const lasting of many) await lasting.echoes("in the old worker");
    await eventually("their sessions are ended", () => many.every((lasting) => !lasting.isOpen()), 5000);
    await eventually("the old worker has ended", async () => (await stage.processes()).oldWorkers.length === 0);
    await other.close();
  });

  it("is what a static balance takes, and a server drained in the file comes back", async () => {
    const [, first = 0] = ports;
    const other = await echoServer("b");
    const drained = { ...serverAt(other), admin: "drain" } as const;
    await stage.apply(stage.desired([at(first)], { balance: "static-rr" }));
    const added = await stage.apply(
      stage.desired([listener(first, [serverAt(echo), drained])], { balance: "static-rr" }),
    );
    assert.equal(added.ok && added.how, "reload");
    assert.match(sentences(added), /^HAProxy answered "Backend must use a dynamic load balancing .*" to "add /);
    assert.deepEqual(await allWhoAnswer(first), ["a"]);
    const ready = await stage.apply(
      stage.desired([listener(first, [serverAt(echo), serverAt(other)])], { balance: "static-rr" }),
    );
    assert.match(sentences(ready), /only accepts weights '0%' and '100%'.*" to "set server [^ ]+"$/);
    assert.deepEqual(await allWhoAnswer(first), ["a", "b"]);
    await other.close();
  });

  it("keeps a server that is down for down", async () => {
    const [, first = 0, second = 0, dead = 0] = ports;
    const gone = serverAt({ name: "dead", port: dead });
    const servers = [serverAt(echo), gone];
    await stage.apply(stage.desired([listener(first, servers)]));
    const isDown = async () => (await stage.health()).find(({ name }) => name === gone.name)?.isUp === false;
    await eventually("its check fails", isDown);
    const slow = { ...gone, options: ["check", "inter", "60s", "rise", "1", "fall", "2"] };
    const outcome = await stage.apply(stage.desired([listener(first, [serverAt(echo), slow]), at(second)]));
    assert.equal(outcome.ok && outcome.how, "reload");
    assert.ok(await isDown());
  });
});
