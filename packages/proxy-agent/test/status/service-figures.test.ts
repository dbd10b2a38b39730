import assert from "node:assert/strict";
import type { Listener, ServerFigures } from "@fairway/haproxy";
import { Registry } from "prom-client";
import { ServiceFigures } from "../../src/status/service-figures.ts";
import { addServiceMetrics } from "../../src/status/service-metrics.ts";
import { targetsOf } from "../../src/status/targets.ts";

const still = {
  status: "UP",
  sessions: 0,
  current: 0,
  queued: 0,
  bytesIn: 0,
  bytesOut: 0,
  connectErrors: 0,
  connectMs: 0,
};

/** Figures of servers whose HAProxy answers what is put there. */
function figuresOf(count: number) {
  const names = Array.from({ length: count }, (_, n) => `s${n}`);
  const servers = names.map((name) => ({ name, endpoint: `endpoints/shop/${name}/1/node-1/${name}` }));
  const listeners = [{ port: 1, servers }] as unknown as Listener[];
  const worker: { pid: number; servers: ServerFigures[]; asked: number } = {
    pid: 1,
    servers: names.map((name) => ({ ...still, listener: 1, name })),
    asked: 0,
  };
  const answer: { after: Promise<void> | undefined } = { after: undefined };
  const haproxy = {
    figures: async () => {
      worker.asked += 1;
      await answer.after;
      return worker;
    },
  };
  const clock = { nowMs: 0 };
  return {
    figures: new ServiceFigures({ haproxy, listeners: () => listeners, now: () => clock.nowMs }),
    worker,
    answer,
    clock,
    listeners,
  };
}

describe("figures of services in the metrics", () => {
  it("are of 1,000 services at most, and of all others in one", async () => {
    const { figures } = figuresOf(1200);
    const all = await figures.ask();
    assert.equal(all.length, 1001);
    assert.deepEqual(all.at(-1), {
      ...all.at(-1),
      project: "*",
      service: "*",
      servers: { up: 200, down: 0, drain: 0, maint: 0 },
    });
  });

  it("ask HAProxy once a second at most, whoever wants to know", async () => {
    const { figures, worker, clock } = figuresOf(1);
    await Promise.all([figures.ask(), figures.ask()]);
    clock.nowMs = 999;
    await figures.ask();
    assert.equal(worker.asked, 1);
    clock.nowMs = 1000;
    await figures.ask();
    assert.equal(worker.asked, 2);
  });

  it("are those of the last look while HAProxy is asked, and of no server once it does not answer", async () => {
    const { figures, answer } = figuresOf(3);
    const up = async () => (await figures.ask()).map(({ servers }) => servers.up);
    assert.deepEqual(await up(), [1, 1, 1]);
    let fail: (error: Error) => void = () => undefined;
    answer.after = new Promise((_, reject) => (fail = reject));
    const look = figures.lookNow();
    assert.deepEqual(await up(), [1, 1, 1]);
    fail(new Error("HAProxy is away"));
    await look;
    assert.deepEqual(await up(), [0, 0, 0]);
  });

  it("never go back, when a server or a worker begins anew", async () => {
    const { figures, worker, clock } = figuresOf(1);
    const steps = [
      { pid: 1, sessions: 5 },
      { pid: 1, sessions: 2 },
      { pid: 2, sessions: 3 },
    ];
    const found: (number | undefined)[] = [];
    for (const { pid, sessions } of steps) {
      worker.pid = pid;
      worker.servers = worker.servers.map((server) => ({ ...server, sessions }));
      clock.nowMs += 1000;
      found.push((await figures.ask())[0]?.sessions);
    }
    assert.deepEqual(found, [5, 7, 10]);
  });

  it("go on counting for a server that leaves", async () => {
    const { figures, worker, clock, listeners } = figuresOf(1);
    await figures.ask();
    listeners.length = 0;
    worker.servers = worker.servers.map((server) => ({ ...server, status: "MAINT", sessions: 4 }));
    clock.nowMs = 1000;
    const [figure] = await figures.ask();
    assert.deepEqual([figure?.sessions, figure?.servers.maint], [4, 1]);
  });

  it("are forgotten an hour after the last server", async () => {
    const { figures, worker, clock } = figuresOf(1);
    await figures.ask();
    worker.servers = [];
    clock.nowMs = 3_600_000;
    assert.equal((await figures.ask()).length, 1);
    clock.nowMs += 1001;
    assert.equal((await figures.ask()).length, 0);
  });

  it("tell what is refused by service and code, and let no name act on who reads them", async () => {
    const registry = new Registry();
    const refused = (service: string) => ({ code: "port-owned", key: `endpoints/shop/${service}/1/n/c`, reason: "" });
    addServiceMetrics(registry, figuresOf(0).figures, () => [refused("db"), refused("db"), refused('a"\u001b[2J')]);
    const lines = (await registry.metrics())
      .split("\n")
      .filter((line) => line.startsWith("fairway_service_rejections{"));
    assert.deepEqual(lines, [
      'fairway_service_rejections{project="shop",service="db",code="port-owned"} 2',
      'fairway_service_rejections{project="shop",service="a\\"\\\\u{1b}[2J",code="port-owned"} 1',
    ]);
  });
});

describe("targets for Prometheus", () => {
  const nodes = [
    { node: "n2", address: "2001:db8::2", zone: "" },
    { node: "n1", address: "198.18.0.1", zone: "west" },
  ];

  it("are the programs of every node", () => {
    assert.deepEqual(targetsOf(nodes, { haproxy: "9101", registrar: "0" }), [
      { targets: ["198.18.0.1:7381"], labels: { node: "n1", program: "proxy-agent", zone: "west" } },
      { targets: ["198.18.0.1:9101"], labels: { node: "n1", program: "haproxy", zone: "west" } },
      { targets: ["[2001:db8::2]:7381"], labels: { node: "n2", program: "proxy-agent" } },
      { targets: ["[2001:db8::2]:9101"], labels: { node: "n2", program: "haproxy" } },
    ]);
  });

  for (const question of [{ etcd: "2379" }, { haproxy: "many" }, { haproxy: "70000" }]) {
    it(`are none where the question is wrong: ${JSON.stringify(question)}`, () => {
      const answer = targetsOf(nodes, question);
      assert.ok(typeof answer === "string");
      assert.match(answer, /^say ports by the names registrar, proxy-agent, haproxy, such as /);
    });
  }
});
