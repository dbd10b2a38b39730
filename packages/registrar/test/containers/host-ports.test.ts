import assert from "node:assert/strict";
import { KeptHostPorts, hostPortsOf } from "../../src/containers/host-ports.ts";
import type { Container, EngineList, Inspection } from "../../src/docker/container.ts";
import { aContainer, containerId } from "../a-container.ts";

const key = "hostports/node-1/4f5c1b2a9d3e";
const minuteMs = 60_000;

const running = (container: Container): Inspection => ({ kind: "running", container, networkOwner: container });
const stopped = (container: Container): Inspection => ({ kind: "stopped", container });
const gone: Inspection = { kind: "gone" };
const unreadable: Inspection = { kind: "unreadable", reason: "odd" };

const published = aContainer().withHostPort(6379);
const exited = published.finishedAt(0).build();

/** What each look at a container, at a minute, comes to: its record, or "-" for none. */
function recordsAfter(...looks: readonly (readonly [number, Inspection])[]): readonly string[] {
  const hostPorts = new KeptHostPorts("node-1");
  return looks.map(([minute, inspection]) => {
    const changes = hostPorts.update(containerId, inspection, minute * minuteMs);
    assert.deepEqual([...changes.keys()], [key]);
    return changes.get(key) ?? "-";
  });
}

const record = '{"v":1,"ports":[{"ip":"0.0.0.0","port":6379}]}';

describe("the host ports of a container", () => {
  const rows: readonly (readonly [string, readonly (readonly [number, Inspection])[], readonly string[]])[] = [
    ["are told while it runs", [[0, running(published.build())]], [record]],
    ["are none of one that publishes nothing", [[0, running(aContainer().build())]], ["-"]],
    [
      "stay for a minute after its removal",
      [
        [0, running(published.build())],
        [5, gone],
        [5.9, gone],
        [6, gone],
      ],
      [record, record, record, "-"],
    ],
    [
      "stay for ten minutes after its exit",
      [
        [-1, running(published.build())],
        [0, stopped(exited)],
        [9.9, stopped(exited)],
        [10, stopped(exited)],
      ],
      [record, record, record, "-"],
    ],
    [
      "stay until its removal when the engine starts it again",
      [
        [0, stopped(published.restarted().finishedAt(0).build())],
        [1000, stopped(published.restarted().finishedAt(0).build())],
        [1001, gone],
        [1002, gone],
      ],
      [record, record, record, "-"],
    ],
    [
      "are told of one that exited before anybody looked",
      [
        [9, stopped(exited)],
        [10, stopped(exited)],
      ],
      [record, "-"],
    ],
    [
      "stay for ten minutes after its exit was seen where the engine's clock was hours ahead",
      [
        [0, stopped(published.finishedAt(480 * minuteMs).build())],
        [9.9, stopped(published.finishedAt(480 * minuteMs).build())],
        [10, stopped(published.finishedAt(480 * minuteMs).build())],
      ],
      [record, record, "-"],
    ],
    [
      "stay for ten minutes after its exit was seen where the engine's clock was hours behind",
      [
        [500, running(published.build())],
        [501, stopped(exited)],
        [510.9, stopped(exited)],
        [511, stopped(exited)],
      ],
      [record, record, record, "-"],
    ],
    [
      "do not come back at the removal of one that exited long ago",
      [
        [20, stopped(exited)],
        [21, gone],
      ],
      ["-", "-"],
    ],
    [
      "are told again when it is started again",
      [
        [10, stopped(exited)],
        [11, running(published.build())],
      ],
      ["-", record],
    ],
    [
      "stay while the engine's answer cannot be read",
      [
        [0, running(published.build())],
        [1, unreadable],
      ],
      [record, record],
    ],
  ];
  for (const [name, looks, expected] of rows) {
    it(name, () => assert.deepEqual(recordsAfter(...looks), expected));
  }

  it("are looked at again when their time is over", () => {
    const hostPorts = new KeptHostPorts("node-1");
    hostPorts.update(containerId, running(published.build()), 0);
    assert.equal(hostPorts.leftMs(containerId, 0), Infinity);
    hostPorts.update(containerId, stopped(exited), 0);
    assert.equal(hostPorts.leftMs(containerId, minuteMs), 9 * minuteMs);
    hostPorts.update(containerId, gone, minuteMs);
    assert.equal(hostPorts.leftMs(containerId, minuteMs), minuteMs);
    hostPorts.update(containerId, gone, 2 * minuteMs);
    assert.equal(hostPorts.leftMs(containerId, 2 * minuteMs), Infinity);
  });

  it("have one without a process inspected once, and one that the list no longer has", () => {
    const hostPorts = new KeptHostPorts("node-1");
    assert.deepEqual(hostPorts.idsToInspect([], [containerId]), [containerId]);
    hostPorts.update(containerId, stopped(exited), minuteMs);
    assert.deepEqual(hostPorts.idsToInspect([], [containerId]), []);
    assert.deepEqual(hostPorts.idsToInspect([], []), [containerId]);
  });
});

describe("the host ports that the registrar before told of", () => {
  const former = new Map([["4f5c1b2a9d3e", { records: new Map(), hostPorts: new Map([[key, record]]) }]]);
  const none: Pick<EngineList, "running" | "stopped"> = { running: [], stopped: [] };
  const listed: typeof none = { running: [], stopped: [containerId] };

  /** Has taken them over, at minute 0. */
  function taken(): KeptHostPorts {
    const hostPorts = new KeptHostPorts("node-1");
    assert.deepEqual([...hostPorts.takeOver(former, 0)], [[key, record]]);
    return hostPorts;
  }
  const end = (hostPorts: KeptHostPorts, list: typeof none, minute: number) => [
    ...hostPorts.endFormer(list, minute * minuteMs),
  ];

  it("stay for a minute, as the container may have been removed a moment ago", () => {
    const hostPorts = taken();
    assert.deepEqual(end(hostPorts, none, 0.9), []);
    assert.equal(hostPorts.hasFormer, true);
    assert.deepEqual(end(hostPorts, none, 1), [[key, undefined]]);
    assert.equal(hostPorts.hasFormer, false);
    assert.deepEqual(end(hostPorts, none, 2), []);
  });

  it("stay while the engine lists the container and does not tell about it", () => {
    const hostPorts = taken();
    assert.deepEqual([...hostPorts.update(containerId, unreadable, 0)], []);
    assert.deepEqual(end(hostPorts, listed, 5), []);
    assert.deepEqual(end(hostPorts, none, 6), [[key, undefined]]);
  });

  it("stay where it is found gone, for what is left of the minute", () => {
    const hostPorts = taken();
    assert.deepEqual([...hostPorts.update(containerId, gone, 0)], []);
    assert.deepEqual(end(hostPorts, none, 1), [[key, undefined]]);
  });

  it("are as the engine tells once it does, also of one that its list had not", () => {
    const hostPorts = taken();
    assert.equal(hostPorts.update(containerId, running(published.build()), 0).get(key), record);
    assert.deepEqual([hostPorts.hasFormer, end(hostPorts, none, 1)], [false, []]);
    assert.deepEqual([...hostPorts.takeOver(former, minuteMs)], []);
    assert.equal(taken().update(containerId, running(aContainer().build()), 0).get(key), undefined);
  });
});

describe("a container takes of the machine", () => {
  const host = aContainer().inMode({ kind: "host" });
  const rows: readonly (readonly [string, Container, readonly string[]])[] = [
    ["what it publishes by number", published.withHostPort(80, "10.0.0.1").build(), ["10.0.0.1:80", "0.0.0.0:6379"]],
    ["nothing that it publishes by chance", aContainer().published(6379, 32768).build(), []],
    ["in the host's network, the container ports that it serves", host.serving("7003:7000").build(), ["0.0.0.0:7000"]],
    ["in the host's network and not opted in, nothing", host.withHostPort(80).build(), []],
  ];
  for (const [name, container, expected] of rows) {
    it(name, () => {
      const ports = hostPortsOf(container, container).map(({ ip, port }) => `${ip}:${port}`);
      assert.deepEqual(ports, expected);
    });
  }

  it("what it serves in the network of a container that is in the host's", () => {
    const joined = aContainer().inMode({ kind: "container", container: "x" }).serving("7000").build();
    assert.deepEqual(hostPortsOf(joined, host.build()), [{ ip: "0.0.0.0", port: 7000 }]);
    assert.deepEqual(hostPortsOf(joined, undefined), []);
  });
});
