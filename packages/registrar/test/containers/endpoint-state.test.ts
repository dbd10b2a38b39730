import assert from "node:assert/strict";
import { endpointState, type GateView, isCutOff } from "../../src/containers/endpoint-state.ts";
import { aContainer, type ContainerBuilder } from "../a-container.ts";

const started = 1_000_000;

describe("an endpoint's state", () => {
  const base = aContainer().startedAt(started);
  const rows: readonly (readonly [string, ContainerBuilder, GateView, string])[] = [
    ["before its port accepts", base, "waiting", "starting"],
    ["once its port accepts", base, "open", "ready"],
    ["after the registrar waits no longer", base, "late", "ready"],
    ["where the registrar cannot reach it", base, "not-tried", "ready"],
    ["HEALTHCHECK not passed yet", base.withHealth("starting"), "not-tried", "starting"],
    ["HEALTHCHECK not passed yet, though it accepts", base.withHealth("starting"), "open", "starting"],
    ["healthy", base.withHealth("healthy"), "not-tried", "ready"],
    ["healthy, though nothing accepted yet", base.withHealth("healthy"), "waiting", "ready"],
    ["unhealthy", base.withHealth("unhealthy"), "open", "unhealthy"],
    ["its port another program's", base, "held", "starting"],
    ["healthy, its port another program's", base.withHealth("healthy"), "held", "starting"],
    ["paused", base.paused(), "open", "unhealthy"],
    ["paused and healthy", base.paused().withHealth("healthy"), "open", "unhealthy"],
  ];
  for (const [name, container, gate, state] of rows) {
    it(`${name}: ${state}`, () => {
      assert.equal(endpointState({ container: container.build(), gate, signals: [], nowMs: started }), state);
    });
  }

  for (const [name, container, gate, elapsedMs, state] of [
    ["before a delay of 9 s is over, its port open", base, "open", 8999, "starting"],
    ["before it is over, healthy", base.withHealth("healthy"), "open", 0, "starting"],
    ["before it is over, paused", base.paused(), "open", 0, "unhealthy"],
    ["once it is over", base, "open", 9000, "ready"],
    ["once it is over, its port not accepting", base, "waiting", 9000, "starting"],
  ] as const) {
    it(`${name}: ${state}`, () => {
      const question = { container: container.build(), gate, initialDelayMs: 9000, signals: [] };
      assert.equal(endpointState({ ...question, nowMs: started + elapsedMs }), state);
    });
  }

  it("before a delay is over that a registrar which is gone has waited for: ready", () => {
    const question = { container: base.build(), gate: "open", initialDelayMs: 9000, signals: [] } as const;
    assert.equal(endpointState({ ...question, hasBeenReady: true, nowMs: started }), "ready");
  });

  const at = started + 5000;
  const kills: readonly (readonly [string, ContainerBuilder, number, number, number, string])[] = [
    ["SIGTERM", base, 15, at, at, "draining"],
    ["SIGKILL", base, 9, at, at, "draining"],
    ["its own stop signal", base.stoppedBy(10), 10, at, at, "draining"],
    ["SIGTERM, though it stops by another", base.stoppedBy(10), 15, at, at, "draining"],
    ["SIGHUP", base, 1, at, at, "ready"],
    ["SIGTERM, unhealthy", base.withHealth("unhealthy"), 15, at, at, "draining"],
    ["SIGTERM, paused", base.paused(), 15, at, at, "draining"],
    ["SIGTERM 69 s ago", base, 15, at, at + 69_000, "draining"],
    ["SIGTERM 70 s ago, still running", base, 15, at, at + 70_000, "ready"],
    ["SIGTERM 159 s ago, with 100 s to stop", base.withStopTimeout(100_000), 15, at, at + 159_000, "draining"],
    ["SIGTERM 160 s ago, with 100 s to stop", base.withStopTimeout(100_000), 15, at, at + 160_000, "ready"],
    ["SIGTERM a day ago, with for ever to stop", base.withStopTimeout(Infinity), 15, at, at + 86_400_000, "draining"],
    ["SIGTERM in the run before", base, 15, started - 1, at, "ready"],
  ];
  for (const [name, container, signal, engineMs, nowMs, state] of kills) {
    it(`after ${name}: ${state}`, () => {
      const kill = { signal, engineMs, seenMs: at, wallMs: at, runStartedAtMs: started };
      assert.equal(endpointState({ container: container.build(), gate: "open", signals: [kill], nowMs }), state);
    });
  }

  it("after SIGTERM, the clock set back by hours since its start: draining", () => {
    const wallMs = started - 8 * 3_600_000;
    const kill = { signal: 15, engineMs: wallMs - 5, seenMs: at, wallMs, runStartedAtMs: started };
    const question = { container: base.build(), gate: "open", signals: [kill] } as const;
    assert.equal(endpointState({ ...question, nowMs: at + 1000 }), "draining");
  });

  it("after SIGTERM in the run before, which began again before anybody looked: ready", () => {
    const wallMs = started - 500;
    const kill = { signal: 15, engineMs: wallMs - 5, seenMs: at, wallMs, runStartedAtMs: started - 60_000 };
    const question = { container: base.build(), gate: "open", signals: [kill] } as const;
    assert.equal(endpointState({ ...question, nowMs: at + 1000 }), "ready");
  });

  const again: readonly (readonly [string, ContainerBuilder, GateView, string])[] = [
    ["HEALTHCHECK starting again, as after a restart of the engine", base.withHealth("starting"), "not-tried", "ready"],
    ["its port not tried yet, as after a restart of the registrar", base, "waiting", "ready"],
    ["unhealthy", base.withHealth("unhealthy"), "open", "unhealthy"],
  ];
  for (const [name, container, gate, state] of again) {
    it(`of a run that was ready, ${name}: ${state}`, () => {
      const question = { container: container.build(), gate, hasBeenReady: true, signals: [], nowMs: started };
      assert.equal(endpointState(question), state);
    });
  }

  const joiner = base.inMode({ kind: "container", container: "vpn" }).build();
  const owners: readonly (readonly [string, ContainerBuilder, boolean])[] = [
    ["that was started before it", aContainer().startedAt(started - 1), false],
    ["that was started again since", aContainer().startedAt(started + 1), true],
    [
      "in the host's network, started again since",
      aContainer()
        .startedAt(started + 1)
        .inMode({ kind: "host" }),
      false,
    ],
  ];
  for (const [name, networkOwner, isLeft] of owners) {
    it(`is ${isLeft ? "unhealthy" : "ready"} in the network of a container ${name}`, () => {
      const cutOff = isCutOff({ kind: "running", container: joiner, networkOwner: networkOwner.build() });
      const question = { container: joiner, gate: "open" as const, isCutOff: cutOff, signals: [], nowMs: started };
      assert.equal(endpointState(question), isLeft ? "unhealthy" : "ready");
    });
  }

  it("after SIGTERM and then SIGHUP: draining", () => {
    const seen = [15, 1].map((signal) => ({ signal, engineMs: at, seenMs: at, wallMs: at, runStartedAtMs: started }));
    assert.equal(endpointState({ container: base.build(), gate: "open", signals: seen, nowMs: at }), "draining");
  });
});
