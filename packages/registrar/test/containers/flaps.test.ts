import assert from "node:assert/strict";
import { Containers } from "../../src/containers/containers.ts";
import type { Container } from "../../src/docker/container.ts";
import { FakeClock } from "../../../loop/test/fake-clock.ts";
import { pauseMs } from "../../src/containers/flaps.ts";
import { aContainer, containerId } from "../a-container.ts";
import { aPublisher, quietLog } from "../a-publisher.ts";
import { aGate } from "./a-gate.ts";

const endpoint = "endpoints/_/web/6379/node-1/4f5c1b2a9d3e";
const report = "rejections/node-1/4f5c1b2a9d3e";

/** One container with two ports, and the writes that its changes cause. */
class Flapping {
  readonly publisher = aPublisher();
  readonly containers: Containers;
  /** When a record was written, by its key. */
  readonly writes: { readonly key: string; readonly atMs: number; readonly state: string | undefined }[] = [];
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
    const { publisher, writes } = this;
    const set: typeof publisher.set = (changes) => {
      const changed = publisher.set(changes);
      for (const [key, value] of changed)
        writes.push({ key, atMs: clock.nowMs, state: /"state":"(\w+)"/.exec(value ?? "")?.[1] });
      return changed;
    };
    const get = (key: string) => publisher.get(key);
    const told = { get, set, refusalOf: () => undefined };
    this.containers = new Containers({
      ...aGate(),
      isDrained: () => false,
      publisher: told,
      onRemoved: () => undefined,
      log: quietLog as never,
    });
  }

  /** Docker says so now, and again when time alone changes something. */
  async is(health: Container["health"], startedAtMs = 1_000_000, ip = "172.17.0.3"): Promise<void> {
    const container = aContainer()
      .on("bridge", ip)
      .withHealth(health)
      .serving("6379, 6380")
      .startedAt(startedAtMs)
      .build();
    await this.containers.update(containerId, { kind: "running", container, networkOwner: container });
  }

  died(atMs: number): void {
    this.containers.onEvent({ containerId, what: "died", signal: 0, atMs });
  }

  state(): string | undefined {
    return /"state":"(\w+)"/.exec(this.publisher.get(endpoint) ?? "")?.[1];
  }

  countOf(key: string, lastMs: number): number {
    return this.writes.filter((write) => write.key === key && write.atMs > this.#clock.nowMs - lastMs).length;
  }
}

describe("a container that flaps", () => {
  let clock: FakeClock;
  let flapping: Flapping;

  beforeEach(() => {
    clock = new FakeClock();
    flapping = new Flapping(clock);
  });

  afterEach(() => clock[Symbol.dispose]());

  it("between unhealthy and healthy ten times a second causes few writes a minute", async () => {
    for (let at = 0; at < 1200; at += 1) {
      await flapping.is(at % 2 === 0 ? "healthy" : "unhealthy");
      await clock.pass(100);
    }
    assert.ok(
      flapping.countOf(endpoint, 60_000) <= 8,
      `${flapping.countOf(endpoint, 60_000)} writes in the second minute`,
    );
    assert.ok(flapping.writes.length <= 80, `${flapping.writes.length} writes in all`);
  });

  it("by dying three times a second causes few writes a minute, and is told in a hint", async () => {
    for (let at = 0; at < 400; at += 1) {
      const startedAtMs = 1_000_000 + at * 300;
      await flapping.is("healthy", startedAtMs);
      await clock.pass(200);
      flapping.died(startedAtMs + 200);
      await clock.pass(100);
    }
    assert.ok(
      flapping.countOf(endpoint, 60_000) <= 8,
      `${flapping.countOf(endpoint, 60_000)} writes in the second minute`,
    );
    await clock.pass(30_000);
    await flapping.is("healthy", 9_000_000);
    assert.match(flapping.publisher.get(report) ?? "", /"code":"flapping"/);
  });

  it("by moving between two addresses causes few writes a minute", async () => {
    for (let at = 0; at < 1200; at += 1) {
      await flapping.is("healthy", 1_000_000, at % 2 === 0 ? "172.17.0.3" : "172.17.0.4");
      await clock.pass(100);
    }
    assert.ok(
      flapping.countOf(endpoint, 60_000) <= 8,
      `${flapping.countOf(endpoint, 60_000)} writes in the second minute`,
    );
  });

  it("need not be inspected while all of it is unhealthy and waits, but when it is told to stop or starts again", async () => {
    const { containers } = flapping;
    const rests: number[] = [];
    const note = () => void rests.push(containers.restMs(containerId));
    for (let at = 0; at < 12; at += 1) await flapping.is(at % 2 === 0 ? "healthy" : "unhealthy");
    note();
    await clock.pass(1000);
    note();
    await flapping.is("healthy");
    note();
    await flapping.is("unhealthy");
    note();
    containers.onEvent({ containerId, what: "killed", signal: 15, atMs: 2_000_000 });
    note();
    flapping.died(2_000_000);
    note();
    assert.deepEqual(rests, [1000, 0, 0, 2000, 0, 0]);
  });

  it("is worse at once, and well again after its pause without another event", async () => {
    for (let at = 0; at < 12; at += 1) await flapping.is(at % 2 === 0 ? "healthy" : "unhealthy");
    assert.equal(flapping.state(), "unhealthy");
    await flapping.is("healthy");
    assert.equal(flapping.state(), "unhealthy", "it waits");
    const left = flapping.containers.nextLookMs(containerId);
    assert.equal(left, 1000);
    await clock.pass(left);
    await flapping.is("healthy");
    assert.equal(flapping.state(), "ready");
    await flapping.is("unhealthy");
    assert.equal(flapping.state(), "unhealthy", "at once");
  });
});

describe("a container that does not flap", () => {
  it("is well again at once after a death, and after each of four more within five minutes", async () => {
    using clock = new FakeClock();
    const container = new Flapping(clock);
    for (let at = 0; at < 6; at += 1) {
      const startedAtMs = 1_000_000 + at * 10_000;
      await container.is("starting", startedAtMs);
      await container.is("healthy", startedAtMs);
      assert.equal(container.state(), "ready", `start ${at + 1}`);
      container.died(startedAtMs + 1);
      assert.equal(container.state(), undefined);
      await clock.pass(10_000);
    }
  });

  it("pauses no more five minutes later, and a new one not at all", async () => {
    assert.deepEqual(
      [0, 4, 5, 6, 7, 8, 9, 10, 50].map(pauseMs),
      [0, 0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000],
    );
    using clock = new FakeClock();
    const container = new Flapping(clock);
    for (let at = 0; at < 40; at += 1) await container.is(at % 2 === 0 ? "healthy" : "unhealthy");
    await clock.pass(301_000);
    await container.is("healthy");
    await container.is("unhealthy");
    await container.is("healthy");
    assert.equal(container.state(), "ready");
    for (let at = 0; at < 41; at += 1) await container.is(at % 2 === 0 ? "unhealthy" : "healthy");
    await container.containers.update(containerId, { kind: "gone" });
    await container.is("healthy");
    assert.equal(container.state(), "ready");
  });
});
