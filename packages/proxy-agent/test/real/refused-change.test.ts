import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server as NetServer } from "node:net";
import { allWhoAnswer, eventually, load, whoAnswers } from "./kit/client.ts";
import { listener, serverAt } from "./kit/stage.ts";
import { applyUnbindable } from "./kit/unbindable.ts";
import { useStage } from "./kit/use-stage.ts";

describe("a change that HAProxy cannot take", () => {
  const current = useStage(["a"], 2);
  const stage = () => current().stage;

  const at = (port: number) =>
    listener(
      port,
      current().echoes.map((echo) => serverAt(echo)),
    );

  it("refuses a taken port with its holder, serves the others, and serves it once it is free", async () => {
    const [first = 0, second = 0] = current().ports;
    await stage().apply(stage().desired([at(first)]));
    const traffic = load(first, 2);
    const holder: NetServer = createServer().listen(second, "127.0.0.1").unref();
    await once(holder, "listening");
    const outcome = await stage().apply(stage().desired([at(first), at(second)]));
    assert.equal(outcome.ok && outcome.how, "none");
    const reason = `127.0.0.1:${second} is held by node (pid ${process.pid})`;
    await eventually("its holder is found", () => stage().reconciler.refusals[0]?.reason === reason);
    assert.deepEqual(stage().reconciler.refusals, [{ listener: second, code: "port-taken", reason }]);
    holder.close();
    await eventually("the freed listener is served", () => stage().reconciler.refusals.length === 0, 30_000);
    assert.equal(await whoAnswers(second), "a");
    assert.deepEqual((await traffic.stop()).failures, []);
  });

  it("leaves a stats page out whose port is taken, and shows it once it is free", async () => {
    const { statsPort, ports } = current();
    const [first = 0] = ports;
    const holder: NetServer = createServer().listen(statsPort, "127.0.0.1").unref();
    await once(holder, "listening");
    const outcome = await stage().apply(stage().desired([at(first)]));
    assert.equal(outcome.ok && outcome.how, "start");
    assert.equal(await whoAnswers(first), "a");
    const reason = `STATS_PORT: 127.0.0.1:${statsPort} is held by node (pid ${process.pid})`;
    await eventually("its holder is found", () => stage().reconciler.refusals[0]?.reason === reason);
    assert.deepEqual(stage().reconciler.refusals, [{ listener: statsPort, code: "port-taken", reason }]);
    holder.close();
    await eventually("the freed port is the page's", () => stage().reconciler.refusals.length === 0, 30_000);
    assert.equal((await fetch(`http://127.0.0.1:${statsPort}/metrics`)).status, 200);
  });

  it("leaves the page for HAProxy's health out whose port is taken, and all else served", async () => {
    const [first = 0, port = 0] = current().ports;
    const holder: NetServer = createServer().listen(port, "127.0.0.1").unref();
    await once(holder, "listening");
    await stage().apply(stage().desired([at(first)], { monitor: { port, uri: "/up" } }));
    assert.equal(await whoAnswers(first), "a");
    const reason = `MONITOR_PORT: 127.0.0.1:${port} is held by node (pid ${process.pid})`;
    await eventually("its holder is found", () => stage().reconciler.refusals[0]?.reason === reason);
    assert.equal((await fetch(`http://127.0.0.1:${current().statsPort}/metrics`)).status, 200);
    holder.close();
    const status = () =>
      fetch(`http://127.0.0.1:${port}/up`).then(
        ({ status: code }) => code,
        () => 0,
      );
    await eventually("the freed port is the page's", async () => (await status()) === 200, 30_000);
  });

  it("never lets a broken candidate replace what runs", async () => {
    const [first = 0] = current().ports;
    await stage().apply(stage().desired([at(first)]));
    const before = await readFile(stage().paths.config, "utf8");
    const processes = await stage().processes();
    const broken = stage().desired([at(first)], { extraDefaults: ["bogus line"] });
    const outcome = await stage().apply(broken);
    assert.ok(!outcome.ok);
    assert.deepEqual(
      outcome.problems.map(({ origin }) => origin),
      [{ services: [], settings: ["EXTRA_DEFAULT_SETTINGS"] }],
    );
    assert.match(outcome.problems[0]?.message ?? "", /unknown keyword 'bogus' in 'defaults' section/);
    assert.equal(await readFile(stage().paths.config, "utf8"), before);
    assert.deepEqual(await stage().processes(), processes, "no reload was tried");
    assert.deepEqual(await stage().apply(broken), outcome, "the same again is refused unasked");
    assert.deepEqual(await allWhoAnswer(first), ["a"]);
  });

  it("puts the previous file back when the new worker does not come up", async () => {
    const [first = 0, second = 0] = current().ports;
    await stage().apply(stage().desired([at(first)]));
    const before = await readFile(stage().paths.config, "utf8");
    const outcome = await applyUnbindable(stage(), second, stage().desired([at(first)]));
    assert.ok(!outcome.ok);
    assert.match(outcome.problems[0]?.message ?? "", /cannot bind socket/);
    assert.equal(await readFile(stage().paths.config, "utf8"), before);
    assert.equal(await whoAnswers(first), "a");
    const next = await stage().apply(stage().desired([at(first), at(second)]));
    assert.equal(next.ok && next.how, "reload");
    assert.equal(await whoAnswers(second), "a");
  });
});
