import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { GatePace, nextTryMs, tryBudgets } from "../../src/containers/gate-pace.ts";
import { eventually } from "../../../../test/lab/eventually.ts";
import { EarlierSockets } from "../../src/containers/earlier-sockets.ts";
import { ReadinessGate } from "../../src/containers/readiness-gate.ts";
import { ownSockets } from "../a-publisher.ts";

async function listening(port = 0): Promise<Server & { readonly at: number }> {
  const server = createServer((socket) => socket.destroy());
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(server, { at: (server.address() as AddressInfo).port });
}

/** A gate, the next change that it tells, and a question about a port of this host. */
function aGate(readyTimeoutMs: number) {
  const stop = new AbortController();
  let tell: (id: string) => void = () => undefined;
  const changed = new Promise<string>((resolve) => (tell = resolve));
  const earlier = new EarlierSockets({ signal: stop.signal });
  const gate = new ReadinessGate({ readyTimeoutMs, earlier, onChange: (id) => tell(id), signal: stop.signal });
  const question = (port: number, startedAtMs = Date.now()) => {
    return { containerId: "c", startedAtMs, port, targets: [{ ip: "127.0.0.1", port }], isOnHost: true };
  };
  return { gate, earlier, changed, question, stop: () => stop.abort() };
}

describe("the readiness gate", () => {
  it("knows a port that accepts at the first look", async () => {
    const server = await listening();
    const { gate, question, stop } = aGate(30_000);
    assert.equal((await gate.ask(question(server.at))).view, "open");
    stop();
    server.close();
  });

  it("waits for a port that does not accept yet, and tells when it does", async () => {
    const free = await listening();
    await new Promise((resolve) => free.close(resolve));
    const { gate, changed, question, stop } = aGate(30_000);
    const asked = question(free.at);
    assert.equal((await gate.ask(asked)).view, "waiting");
    const server = await listening(free.at);
    assert.equal(await changed, "c");
    assert.equal((await gate.ask(asked)).view, "open");
    stop();
    server.close();
  });

  it("gives up after READY_TIMEOUT from the container's start", async () => {
    const free = await listening();
    await new Promise((resolve) => free.close(resolve));
    const { gate, changed, question, stop } = aGate(150);
    const asked = question(free.at);
    assert.equal((await gate.ask(asked)).view, "waiting");
    await changed;
    assert.equal((await gate.ask(asked)).view, "late");
    assert.equal(
      (await gate.ask(question(free.at, Date.now() - 60_000))).view,
      "late",
      "one that started long ago, at once",
    );
    stop();
  });

  it("knows which of several addresses accepted", async () => {
    const server = await listening();
    const { gate, question, stop } = aGate(30_000);
    const targets = ["127.0.0.7", "127.0.0.1"].map((ip) => ({ ip, port: server.at }));
    const asked = { ...question(server.at), targets };
    assert.deepEqual(await gate.ask(asked), { view: "open", accepted: [{ ip: "127.0.0.1", port: server.at }] });
    stop();
    server.close();
  });

  it("takes what listened on the machine before a run for another program's, until the container's own does", async () => {
    const other = await listening();
    const { gate, earlier, changed, question, stop } = aGate(100);
    await earlier.look();
    // What was seen of the socket is a second older than this run.
    const asked = question(other.at, Date.now() + 1000);
    const first = await gate.ask(asked);
    const { view } = await gate.ask({ ...asked, containerId: "in a network", isOnHost: false });
    await new Promise((resolve) => other.close(resolve));
    assert.deepEqual([first, view], [{ view: "held", accepted: [] }, "open"]);
    const own = await listening(other.at);
    await changed;
    assert.equal((await gate.ask(asked)).view, "open");
    stop();
    own.close();
  });

  it("tries each run of a container anew", async () => {
    const server = await listening();
    const { gate, question, stop } = aGate(30_000);
    const first = question(server.at, Date.now() - 1000);
    assert.equal((await gate.ask(first)).view, "open");
    await new Promise((resolve) => server.close(resolve));
    assert.equal((await gate.ask(first)).view, "open", "it stays open for the run");
    assert.equal((await gate.ask(question(server.at))).view, "waiting");
    stop();
  });

  it("tries every 5 ms for a second, every 100 ms then, every 5 s after giving up", () => {
    assert.deepEqual(
      [nextTryMs(0, false), nextTryMs(999, false), nextTryMs(1000, false), nextTryMs(0, true)],
      [5, 5, 100, 5000],
    );
  });

  it("tells of a container's ports that begin to accept one after the other a few times, not once for each", async () => {
    const free = await Promise.all(Array.from({ length: 40 }, () => listening()));
    const ports = free.map(({ at }) => at);
    await Promise.all(free.map((server) => new Promise((resolve) => server.close(resolve))));
    const stop = new AbortController();
    let told = 0;
    const onChange = () => void (told += 1);
    const gate = new ReadinessGate({ readyTimeoutMs: 30_000, earlier: ownSockets, onChange, signal: stop.signal });
    const startedAtMs = Date.now();
    const ask = (port: number) => {
      const targets = [{ ip: "127.0.0.1", port }];
      return gate.ask({ containerId: "c", startedAtMs, port, targets, isOnHost: false });
    };
    assert.ok((await Promise.all(ports.map(ask))).every(({ view }) => view === "waiting"));
    const servers = await Promise.all(ports.map(listening));
    await eventually(async () => (await Promise.all(ports.map(ask))).every(({ view }) => view === "open"), {
      within: 10_000,
    });
    stop.abort();
    for (const server of servers) server.close();
    assert.ok(told > 0 && told < 20, `told ${told} times of 40 ports`);
  });

  it("knows all late ports of a container at the first look after READY_TIMEOUT", async () => {
    const { gate, changed, question, stop } = aGate(200);
    const startedAtMs = Date.now();
    const ask = (port: number) => gate.ask({ ...question(port, startedAtMs), targets: [{ ip: "127.0.0.1", port: 1 }] });
    const ports = Array.from({ length: 200 }, (_, at) => at + 1);
    await Promise.all(ports.map(ask));
    await changed;
    const views = (await Promise.all(ports.map(ask))).map(({ view }) => view);
    assert.deepEqual(new Set(views), new Set(["late"]));
    stop();
  });
});

/** When a container's ports, each with one address, are tried within a time, by the milliseconds in which they are. */
function triesOf(
  pace: GatePace,
  { id, ports, forMs }: { readonly id: string; readonly ports: number; readonly forMs: number },
) {
  const due = Array.from({ length: ports }, () => pace.takeMs(id, 1, 0));
  const tries: number[] = [];
  while (true) {
    const nowMs = Math.min(...due);
    if (nowMs >= forMs) return tries;
    tries.push(nowMs);
    due[due.indexOf(nowMs)] = nowMs + Math.max(nextTryMs(0, false), pace.takeMs(id, 1, nowMs));
  }
}

describe("the pace of tries", () => {
  const ends = { forMs: 2000 };

  it("is at most 500 a second for one container, and 2,500 for all; a port that is alone has the usual one", () => {
    const pace = new GatePace(tryBudgets.new);
    pace.add("one", 1);
    pace.add("many", 256);
    assert.equal(triesOf(pace, { id: "many", ports: 256, ...ends }).length, 1000);
    assert.equal(triesOf(pace, { id: "one", ports: 1, ...ends }).length, 400, "beside another container with many");
    for (let at = 0; at < 48; at += 1) pace.add(`other ${at}`, 256);
    const all = triesOf(pace, { id: "other 1", ports: 256, ...ends }).length * 50;
    assert.ok(all <= 5000, `${all} in two seconds`);
    for (let at = 0; at < 48; at += 1) pace.add(`other ${at}`, -256);
    pace.add("last", 1);
    assert.equal(triesOf(pace, { id: "last", ports: 1, ...ends }).length, 400, "once the others are done");
  });

  it("is 100 a second for one container that has been tried for a second, which is no less for ten ports", () => {
    const pace = new GatePace(tryBudgets.old);
    pace.add("many", 256);
    pace.add("ten", 10);
    assert.equal(triesOf(pace, { id: "many", ports: 256, ...ends }).length, 200);
    assert.equal(triesOf(pace, { id: "ten", ports: 10, ...ends }).length, 200);
  });

  it("has one try after the other, never all of a container's ports in one moment", () => {
    const pace = new GatePace(tryBudgets.old);
    pace.add("many", 256);
    const tries = triesOf(pace, { id: "many", ports: 256, ...ends });
    const gaps = tries.slice(1).map((atMs, at) => atMs - (tries[at] ?? 0));
    assert.ok(Math.min(...gaps) >= 9.9, `${Math.min(...gaps)} ms between two`);
  });
});
