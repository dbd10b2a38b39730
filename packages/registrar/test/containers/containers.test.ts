import assert from "node:assert/strict";
import { evenNow } from "@fairway/program";
import type { Container } from "../../src/docker/container.ts";
import type { EngineEvent } from "../../src/docker/events.ts";
import { aContainer, containerId } from "../a-container.ts";
import { endpoint, given, report, started } from "./given.ts";

describe("the records of a container", () => {
  const rows: readonly (readonly [
    string,
    Partial<EngineEvent>,
    Awaited<ReturnType<typeof given>>["records"] | object,
  ])[] = [
    ["are gone as soon as it died", { what: "died" }, { state: undefined, isReported: false }],
    ["say draining as soon as it is stopped", { what: "killed", signal: 15 }, { state: "draining", isReported: true }],
    ["stay at a signal that does not stop it", { what: "killed", signal: 1 }, { state: "ready", isReported: true }],
    ["stay at a death of the run before", { what: "died", atMs: started - 1 }, { state: "ready", isReported: true }],
    [
      "stay at a stop of the run before",
      { what: "killed", signal: 15, atMs: started - 1 },
      { state: "ready", isReported: true },
    ],
    ["stay at any other event", { what: "changed" }, { state: "ready", isReported: true }],
  ];
  for (const [name, event, expected] of rows) {
    it(name, async () => {
      const { onEvent, records } = await given();
      assert.deepEqual(onEvent(event), [containerId]);
      assert.deepEqual(records(), expected);
    });
  }

  it("are not brought back by an inspection that was answered before it died", async () => {
    const { onEvent, inspect, records } = await given();
    onEvent({ what: "died" });
    await inspect();
    assert.equal(records().state, undefined);
  });

  it("stay, with a report, while Docker's answer cannot be read", async () => {
    const { containers, publisher, records } = await given();
    await containers.update(containerId, { kind: "unreadable", reason: "odd" });
    assert.equal(records().state, "ready");
    assert.match(publisher.get(report) ?? "", /"code":"container-unreadable","severity":"refused",.*"reason":"odd"/);
    await containers.update(containerId, { kind: "gone" });
    assert.deepEqual(records(), { state: undefined, isReported: false });
  });

  it("say draining until it ends when it is stopped after the clock was set back by hours", async () => {
    const { onEvent, inspect, records } = await given();
    const startedAtMs = Date.now() + 8 * 3_600_000;
    await inspect({ startedAtMs });
    onEvent({ what: "killed", signal: 15, atMs: Date.now() });
    const told = records().state;
    await inspect({ startedAtMs });
    assert.deepEqual([told, records().state], ["draining", "draining"]);
  });

  it("are not set again by an inspection that finds the same", async () => {
    const { inspect, publisher, lines } = await given();
    const before = publisher.get(endpoint);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await inspect();
    assert.equal(publisher.get(endpoint), before);
    assert.deepEqual(lines, ["refused what a container asks for: not-a-port", `endpoint changed: ${endpoint}`]);
  });
});

describe("the records of a container that an operator drains", () => {
  it("say so at once, without a look at it, as a look would write them", async () => {
    const { containers, publisher, inspect, drain } = await given();
    assert.deepEqual(await drain(true, () => containers.onDrains(containerId)), { state: "draining", told: true });
    const at = publisher.get(endpoint);
    await inspect();
    assert.equal(publisher.get(endpoint), at);
    assert.deepEqual(await drain(false), { state: "ready", told: undefined });
  });

  it("say that it is told to stop, also to the registrar after, and are not ready when it is drained no longer", async () => {
    const { publisher, drain, onEvent, inspect } = await given();
    await drain(true);
    onEvent({ what: "killed", signal: 15 });
    const former = new Map([[endpoint, publisher.get(endpoint) ?? ""]]);
    await inspect();
    assert.doesNotMatch(publisher.get(endpoint) ?? "", /drained/);
    const next = await given();
    await next.drain(true);
    next.containers.takeOver(former, { running: [containerId] });
    assert.deepEqual(await next.drain(false), { state: "draining", told: undefined });
  });
});

describe("an event", () => {
  it("has the containers inspected that use the network of the one it is of", async () => {
    const { containers, onEvent } = await given();
    const joining = aContainer().inMode({ kind: "container", container: containerId }).build();
    const id = "b".repeat(64);
    await containers.update(id, { kind: "running", container: { ...joining, id }, networkOwner: undefined });
    assert.deepEqual(onEvent({}), [containerId, id]);
  });

  it("of a stopping signal counts for 60 s past the time to stop, and not once the container is gone", async () => {
    const { containers, onEvent } = await given();
    assert.equal(containers.nextLookMs(containerId), Infinity);
    const before = evenNow();
    onEvent({ what: "killed", signal: 15 });
    const left = containers.nextLookMs(containerId);
    assert.ok(left <= 70_000 && left >= 70_000 - (evenNow() - before), String(left));
    await containers.update(containerId, { kind: "gone" });
    assert.equal(containers.nextLookMs(containerId), Infinity);
  });

  it("begin to take traffic when the delay of its label is over, and are looked at then", async () => {
    const startedAtMs = evenNow();
    const { containers, inspect, records } = await given(aContainer().label("aliyun.probe.initial_delay_seconds", "9"));
    assert.equal(records().state, "ready", "it was started long ago");
    await inspect({ startedAtMs });
    assert.equal(records().state, "starting");
    const left = containers.nextLookMs(containerId);
    assert.ok(left <= 9000 && left >= 9000 - (evenNow() - startedAtMs), String(left));
  });

  it("tell once, when the engine has it no longer, which front ports it asked for", async () => {
    const { containers, onEvent, removed } = await given();
    onEvent({ what: "died" });
    await containers.update(containerId, { kind: "stopped", container: aContainer().build() });
    assert.deepEqual(removed, [], "it is only stopped");
    await containers.update(containerId, { kind: "gone" });
    await containers.update(containerId, { kind: "gone" });
    assert.deepEqual(removed, [{ name: { project: "_", service: "web" }, claims: ["claims/*/_/6379"] }]);
  });
});

describe("a run that was ready", () => {
  const startedAt = new Date(started).toISOString();

  it("stays ready when its health is starting again, as when an engine restarts with live-restore", async () => {
    const { inspect, records } = await given();
    await inspect({ health: "starting" });
    await inspect({ health: "starting" });
    assert.equal(records().state, "ready");
  });

  it("is starting after it was unhealthy, and so is the next run", async () => {
    const { inspect, records } = await given();
    await inspect({ health: "unhealthy" });
    await inspect({ health: "starting" });
    assert.equal(records().state, "starting");
    const another = await given();
    await another.inspect({ health: "starting", startedAtMs: started + 1 });
    assert.equal(another.records().state, "starting");
  });

  const rows: readonly (readonly [string, string, Partial<Container>, string])[] = [
    ["ready", startedAt, { health: "starting" }, "ready"],
    ["ready", new Date(started - 1).toISOString(), { health: "starting" }, "starting"],
    ["starting", startedAt, { health: "starting" }, "starting"],
    ["draining", startedAt, { health: "healthy" }, "draining"],
    ["draining", new Date(started - 1).toISOString(), { health: "healthy" }, "ready"],
  ];
  for (const when of ["before", "after"] as const) {
    for (const [former, formerStart, now, state] of rows) {
      const isSame = formerStart === startedAt;
      it(`${former} by the record of the registrar before, of ${isSame ? "this" : "another"} run, ${when} a look at it: ${state}`, async () => {
        const { containers, publisher, inspect, records } = await given();
        const text = (publisher.get(endpoint) ?? "").replace('"state":"ready"', `"state":"${former}"`);
        const record = text.replace(startedAt, formerStart);
        await containers.update(containerId, { kind: "gone" });
        containers.idsToInspect([], []);
        const take = () => {
          const list = { running: [containerId], stopped: [], names: new Map() };
          return containers.takeOver(new Map([[endpoint, record]]), list);
        };
        if (when === "before") take();
        await inspect(now);
        if (when === "after") take();
        assert.equal(records().state, state);
        await inspect(now);
        assert.equal(records().state, state);
      });
    }
  }

  it("say draining, and whose word that is, while an operator drains it, and are as before afterwards", async () => {
    const { drain, publisher, containers } = await given();
    assert.deepEqual(await drain(true), { state: "draining", told: true });
    const former = new Map([[endpoint, publisher.get(endpoint) ?? ""]]);
    containers.takeOver(former, { running: [containerId] });
    assert.deepEqual(await drain(true), { state: "draining", told: true });
    assert.deepEqual(await drain(false), { state: "ready", told: undefined });
  });
});
