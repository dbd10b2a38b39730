import assert from "node:assert/strict";
import { Containers } from "../../src/containers/containers.ts";
import { liveBytes } from "../../../loop/test/heap.ts";
import { aContainer, containerId } from "../a-container.ts";
import { aPublisher, quietLog } from "../a-publisher.ts";
import { aGate } from "./a-gate.ts";

/** How long Docker waits before a restart: twice as long each time, a minute at most. */
const dockersPauses = (nth: number) => Math.min(100 * 2 ** nth, 60_000);
/** As if it did not: more often than `docker restart` can. */
const noPauses = () => 100;

/** A container that ends as soon as it is started, as its engine tells of it. */
class CrashLoop {
  readonly publisher = aPublisher();
  readonly containers: Containers;
  /** How many records were written and deleted. */
  writes = 0;
  restarts = 0;
  readonly #ports: string;
  #nowMs = 1_000_000;

  constructor(ports: string, signal: AbortSignal) {
    this.#ports = ports;
    // No mock of node:test: those keep each call.
    performance.now = () => this.#nowMs;
    const { publisher } = this;
    const set: typeof publisher.set = (changes) => {
      const changed = publisher.set(changes);
      this.writes += changed.size;
      return changed;
    };
    this.containers = new Containers({
      ...aGate(signal),
      isDrained: () => false,
      publisher: { get: (key) => publisher.get(key), set, refusalOf: () => undefined },
      onRemoved: () => undefined,
      log: quietLog as never,
    });
  }

  async last(ms: number, pauseMs: (nth: number) => number): Promise<void> {
    const endMs = this.#nowMs + ms;
    while (this.#nowMs < endMs) {
      await this.#crash();
      this.#nowMs += pauseMs((this.restarts += 1));
    }
  }

  /** One run, at another address than the one before. */
  async #crash(): Promise<void> {
    const startedAtMs = this.#nowMs;
    const network = aContainer().on("bridge", `172.17.0.${3 + (this.restarts % 2)}`);
    const run = network.serving(this.#ports).withHealth("starting").withHostPort(6379).restarted();
    const container = run.startedAt(startedAtMs).build();
    await this.containers.update(containerId, { kind: "running", container, networkOwner: container });
    this.containers.onEvent({ containerId, what: "killed", signal: 1 + (this.restarts % 30), atMs: startedAtMs + 1 });
    this.containers.onEvent({ containerId, what: "died", signal: 0, atMs: startedAtMs + 2 });
    const stopped = run.finishedAt(startedAtMs + 2).build();
    await this.containers.update(containerId, { kind: "stopped", container: stopped });
  }
}

describe("a container that crashes for an hour", function () {
  this.timeout(120_000);
  const ended = new AbortController();
  const now = performance.now.bind(performance);

  afterEach(() => (performance.now = now));
  after(() => ended.abort());

  for (const [title, ports] of [
    [
      "is told at each start and end where it has endpoints, fifty times a minute at most without Docker's pauses",
      "1, 2",
    ],
    ["is told so too where its labels are refused, fifty times a minute at most without Docker's pauses", "none"],
  ] as const) {
    it(title, async () => {
      const loop = new CrashLoop(ports, ended.signal);
      await loop.last(3_600_000, dockersPauses);
      const [restarts, writes] = [loop.restarts, loop.writes];
      assert.ok(restarts > 60 && restarts < 80, `${restarts} restarts`);
      // Two endpoints and a report come and go, its ports stay.
      assert.ok(writes >= restarts && writes <= 6 * restarts + 1, `${writes} writes for ${restarts} restarts`);
      assert.deepEqual(loop.containers.states(), []);
      await loop.last(60_000, noPauses);
      const soon = loop.writes;
      await loop.last(60_000, noPauses);
      assert.ok(loop.writes - soon <= 50, `${loop.writes - soon} writes a minute`);
    });
  }

  it("leaves nothing of each restart in its registrar", async () => {
    const loop = new CrashLoop("1, 2", ended.signal);
    // Until then V8 compiles, and its own tables grow by some hundred kilobytes.
    await loop.last(700_000, noPauses);
    const [before, bytes] = [loop.restarts, await liveBytes()];
    await loop.last(800_000, noPauses);
    const [restarts, grown] = [loop.restarts - before, (await liveBytes()) - bytes];
    // An entry of a set with a short key of its own takes more than forty.
    assert.ok(grown < 30 * restarts, `${Math.round(grown / restarts)} bytes more for each of ${restarts} restarts`);
  });
});
