import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drainsPrefixOf, rolloutKey } from "@fairway/contract";
import { exitCode, ProgramExit } from "@fairway/program";
import { RolloutMark } from "../../src/rollout/rollout-mark.ts";
import { Compose } from "../../src/rollout/compose.ts";
import { Rollout, type RolloutTools } from "../../src/rollout/rollout.ts";
import { ServiceEngine } from "../../src/rollout/service-engine.ts";
import { until } from "../../../registry/test/real/until.ts";
import { createWorld, type World } from "../../../registry/test/real/world.ts";

const service = { node: "n1", project: "shop", service: "web" };
const key = rolloutKey(service);
const record = (by: string) => JSON.stringify({ v: 1, by, begunAt: "2026-11-30T04:00:00.000Z" });

describe("the mark of a rollout", () => {
  let world: World;
  const taken: RolloutMark[] = [];
  const notes: string[] = [];

  before(async () => {
    world = await createWorld();
  });

  afterEach(async () => {
    await Promise.all(taken.map((mark) => mark.remove()));
    notes.length = 0;
  });

  after(() => world.end());

  const take = async (by: string, signal = new AbortController().signal) => {
    const output = { note: (line: string) => void notes.push(line) };
    const mark = await RolloutMark.take({ client: world.open(), service, by, output, signal });
    taken.push(mark);
    return mark;
  };
  const refusal = async (by: string) => {
    const error: unknown = await take(by).catch((each: unknown) => each);
    assert.ok(error instanceof ProgramExit, String(error));
    return [error.code, ...error.lines.map((line) => line.replace(/since .*$/, "since then"))];
  };
  const leased = async (by: string) => {
    const { lease } = await world.client.grantLease(3000);
    await world.client.transact([], [{ type: "put", key, value: record(by), lease }]);
  };
  const stored = async () => (await world.client.get([key])).stored[0];

  it("keeps a second rollout away while the first lives, and says whose that is", async () => {
    const first = await take("process 1 on ci");
    assert.deepEqual(await refusal("process 2 on ci"), [
      exitCode.no,
      "nothing was done: shop/web is being rolled out by process 1 on ci since then",
    ]);
    await first.remove();
    assert.equal(await stored(), undefined);
    await take("process 2 on ci");
  });

  it("runs out where the first was killed, and the second goes on then", async () => {
    await leased("process 1 on ci");
    await take("process 2 on ci");
    assert.deepEqual(notes, [
      "shop/web: checking whether a rollout by process 1 on ci since 2026-11-30T04:00:00.000Z is still running",
    ]);
  });

  it("is looked at no longer when the second is interrupted", async () => {
    await leased("process 1 on ci");
    const interrupted = new ProgramExit(exitCode.timeout, ["interrupted: nothing was done"]);
    await assert.rejects(take("process 2 on ci", AbortSignal.abort()), interrupted);
    await world.client.transact([], [{ type: "delete", key }]);
  });

  it("refuses at once beside one without a lease, which shows nothing that acts on a terminal", async () => {
    await world.client.transact([], [{ type: "put", key, value: record("\u001b[2J") }]);
    assert.deepEqual(await refusal("process 2 on ci"), [
      exitCode.no,
      "nothing was done: shop/web is being rolled out by \\u{1b}[2J since then",
    ]);
    await world.client.transact([], [{ type: "put", key, value: "{" }]);
    assert.match(String((await refusal("process 2 on ci"))[1]), /by somebody whose mark cannot be read$/);
    await world.client.transact([], [{ type: "delete", key }]);
  });

  it("is made anew when the registry has lost it, unless another rollout has begun by then", async () => {
    const mark = await take("process 1 on ci");
    const { lease } = (await stored()) ?? {};
    await world.client.revokeLease(lease ?? "");
    await until(async () => (await stored()) !== undefined);
    assert.equal(mark.lost.aborted, false);
    const again = (await stored())?.lease;
    assert.notEqual(again, lease);
    await world.client.revokeLease(again ?? "");
    await leased("process 2 on ci");
    await until(() => mark.lost.aborted);
    const reason: unknown = mark.lost.reason;
    assert.ok(reason instanceof ProgramExit, String(reason));
    assert.equal(reason.code, exitCode.no);
    assert.match(reason.message, /^another rollout of shop\/web has begun, by process 2 on ci since /);
  });
});

/** A Compose that has nothing to make, as its containers are there. */
async function findCompose() {
  const directory = mkdtempSync(join(tmpdir(), "fairway-compose-"));
  writeFileSync(join(directory, "docker-compose"), "#!/bin/sh\n", { mode: 0o755 });
  const none = { file: undefined, project: undefined };
  const compose = await Compose.find(none, { PATH: directory }, new AbortController().signal);
  return { compose, end: () => rmSync(directory, { recursive: true }) };
}

/** An engine whose containers all run, this one of its service; tells what it was asked. */
async function startEngine(made: string) {
  const asked: string[] = [];
  const server = createServer(({ method, url = "" }, response) => {
    asked.push(`${method} ${url}`);
    const id = url.split("/")[2] ?? "";
    const State = { Status: "running", Pid: 1 };
    const running = { Id: id, Name: `/${id}`, Image: "i", Config: { Image: "i", Labels: {} }, State };
    response.end(JSON.stringify(id.startsWith("json") ? [{ Id: made, Labels: {} }] : running));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const end = () => {
    server.closeAllConnections();
    server.close();
  };
  return { engine: new ServiceEngine({ DOCKER_HOST: `tcp://127.0.0.1:${port}` }), asked, end };
}

describe("a rollout whose mark is lost", () => {
  it("touches no container any more once another rollout has begun", async () => {
    const world = await createWorld();
    const [made, served] = ["b".repeat(64), "a".repeat(64)];
    const { engine, asked, end } = await startEngine(made);
    const { compose, end: forget } = await findCompose();
    const taken = new ProgramExit(exitCode.no, ["another rollout of shop/web has begun"]);
    const lost = new AbortController();
    const old = [{ id: served, name: "web_1", isRunning: true, isCurrent: false, isDrained: false, ownVolumes: [] }];
    const output = { print: () => undefined, note: () => undefined };
    const signal = new AbortController().signal;
    const tools = {
      client: world.client,
      engine,
      compose,
      output,
      signal,
      lost: lost.signal,
    } as unknown as RolloutTools;
    const rollout = new Rollout(tools, { ...service, timeoutMs: 60_000, drainMs: 1000 });
    const plan = { ok: true, stopped: [], kept: [], old, isReplacing: true, created: 1, scale: 2 } as const;
    const ended = rollout.run(plan).then(
      () => "it was done",
      (error: unknown) => error,
    );
    await until(() => asked.filter((each) => each.includes(made)).length > 1);
    lost.abort(taken);
    assert.equal(await ended, taken);
    assert.deepEqual(
      asked.filter((each) => !each.startsWith("GET ")),
      [],
    );
    assert.deepEqual((await world.client.list([{ prefix: drainsPrefixOf("n1") }])).stored, []);
    end();
    forget();
    await world.end();
  });
});
