import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { GatePace, nextTryMs } from "../../src/containers/gate-pace.ts";
import { EarlierSockets } from "../../src/containers/earlier-sockets.ts";
import { ReadinessGate } from "../../src/containers/readiness-gate.ts";

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

  it("tries at most 500 times a second for one container, and 2,500 times for all", () => {
    const pace = new GatePace();
    pace.add("one", 1);
    assert.ok(pace.leastMs("one") <= 5, "one port is tried as often as ever");
    pace.add("many", 256);
    assert.equal(256_000 / pace.leastMs("many"), 500);
    assert.ok(pace.leastMs("one") <= 5, "beside another container with many");
    for (let at = 0; at < 48; at += 1) pace.add(`other ${at}`, 256);
    assert.equal((50 * 256_000) / pace.leastMs("many"), 2500);
    for (let at = 0; at < 48; at += 1) pace.add(`other ${at}`, -256);
    assert.ok(pace.leastMs("one") <= 5);
  });
});
