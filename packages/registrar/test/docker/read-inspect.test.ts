import assert from "node:assert/strict";
import { parseInspect, readInspect } from "../../src/docker/read-answers.ts";
import type { Container, Network } from "../../src/docker/container.ts";
import type { Networks } from "../../src/docker/networks.ts";

const id = "4f5c1b2a9d3e".padEnd(64, "0");

const byId = new Map<string, Network>(
  [
    { id: "b1", name: "bridge", driver: "bridge", scope: "local", isIngress: false },
    { id: "o1", name: "shop", driver: "overlay", scope: "swarm", isIngress: false },
  ].map((network) => [network.id, network]),
);
const networks: Networks = { byId, gateways: new Map([["172.17.0.1", "bridge"]]), subnets: [] };

/** An answer of Docker 20.10, cut to what matters, with some parts replaced. */
function answer(but: Readonly<Record<string, object>> = {}): object {
  const parts: Readonly<Record<string, object>> = {
    State: { Status: "running", Running: true, Paused: false, Restarting: false, StartedAt: "2026-11-22T08:00:01.5Z" },
    Config: { Image: "redis:alpine", Labels: { a: "b" } },
    HostConfig: { NetworkMode: "default" },
    NetworkSettings: {
      Networks: {
        bridge: { NetworkID: "b1", IPAddress: "172.17.0.3", GlobalIPv6Address: "", Gateway: "172.17.0.1" },
      },
      Ports: { "6379/tcp": null },
    },
  };
  const merged = Object.entries(parts).map(([name, part]) => [name, { ...part, ...but[name] }]);
  return { Id: id, Name: "/shop_web_1", Created: "2026-11-22T08:00:00.123456789Z", ...Object.fromEntries(merged) };
}

function outcomeOf(json: unknown) {
  const parsed = parseInspect(json);
  return parsed.ok ? readInspect(parsed.inspected, networks) : parsed;
}

function read(but: Readonly<Record<string, object>> = {}): Container {
  const outcome = outcomeOf(answer(but));
  assert.ok(outcome.ok);
  return outcome.container;
}

describe("Docker's inspect answer", () => {
  it("is read to a container", () => {
    assert.deepEqual(read(), {
      id,
      name: "shop_web_1",
      image: "redis:alpine",
      createdAt: "2026-11-22T08:00:00.123Z",
      startedAtMs: Date.parse("2026-11-22T08:00:01.500Z"),
      finishedAtMs: undefined,
      isRunning: true,
      isPaused: false,
      health: "none",
      labels: { a: "b" },
      stopSignal: 15,
      stopTimeoutMs: 10_000,
      networkMode: { kind: "networks" },
      networks: [
        {
          id: "b1",
          name: "bridge",
          driver: "bridge",
          scope: "local",
          isIngress: false,
          ips: ["172.17.0.3"],
          gateways: ["172.17.0.1"],
        },
      ],
      published: [],
      hostPorts: [],
      isRestarted: false,
    });
  });

  const parts: readonly (readonly [string, Readonly<Record<string, object>>, Partial<Container>])[] = [
    ["paused", { State: { Paused: true } }, { isRunning: true, isPaused: true }],
    ["exited", { State: { Running: false } }, { isRunning: false }],
    ["waiting for its next try", { State: { Running: true, Restarting: true } }, { isRunning: false }],
    ["healthy", { State: { Health: { Status: "healthy" } } }, { health: "healthy" }],
    ["unhealthy", { State: { Health: { Status: "unhealthy" } } }, { health: "unhealthy" }],
    ["starting", { State: { Health: { Status: "starting" } } }, { health: "starting" }],
    ["health check switched off", { State: { Health: { Status: "none" } } }, { health: "none" }],
    ["given 100 s to stop", { Config: { StopTimeout: 100 } }, { stopTimeoutMs: 100_000 }],
    ["given for ever to stop", { Config: { StopTimeout: -1 } }, { stopTimeoutMs: Infinity }],
    ["stopped by another signal", { Config: { StopSignal: "SIGUSR1" } }, { stopSignal: 10 }],
    ["without labels", { Config: { Labels: null } }, { labels: {} }],
    ["host network", { HostConfig: { NetworkMode: "host" } }, { networkMode: { kind: "host" } }],
    ["exited at a time", { State: { FinishedAt: "2026-11-22T08:01:00Z" } }, { finishedAtMs: 1795334460000 }],
    ["never exited", { State: { FinishedAt: "0001-01-01T00:00:00Z" } }, { finishedAtMs: undefined }],
    [
      "ports of the host by number, by chance and by range",
      {
        HostConfig: {
          PortBindings: {
            "80/tcp": [{ HostIp: "", HostPort: "8080" }],
            "81/tcp": [{ HostIp: "10.0.0.1", HostPort: "81" }],
            "82/tcp": [{ HostIp: "", HostPort: "" }],
            "83/tcp": [{ HostIp: "", HostPort: "8300-8310" }],
            "84/udp": [{ HostIp: "", HostPort: "84" }],
          },
        },
      },
      {
        hostPorts: [
          { ip: "0.0.0.0", port: 8080 },
          { ip: "10.0.0.1", port: 81 },
        ],
      },
    ],
    ["started again by the engine", { HostConfig: { RestartPolicy: { Name: "always" } } }, { isRestarted: true }],
    ["unless stopped", { HostConfig: { RestartPolicy: { Name: "unless-stopped" } } }, { isRestarted: true }],
    ["on failure", { HostConfig: { RestartPolicy: { Name: "on-failure" } } }, { isRestarted: false }],
    ["no network", { HostConfig: { NetworkMode: "none" } }, { networkMode: { kind: "none" } }],
    [
      "another's network",
      { HostConfig: { NetworkMode: `container:${id}` } },
      { networkMode: { kind: "container", container: id } },
    ],
    ["a network of its own", { HostConfig: { NetworkMode: "shop_default" } }, { networkMode: { kind: "networks" } }],
    ["networks null", { NetworkSettings: { Networks: null } }, { networks: [] }],
    ["a network that is not known", { NetworkSettings: { Networks: { x: { NetworkID: "x" } } } }, { networks: [] }],
    [
      "both address families",
      {
        NetworkSettings: {
          Networks: {
            s: {
              NetworkID: "o1",
              IPAddress: "10.0.1.2",
              GlobalIPv6Address: "fd00::2",
              Gateway: "10.0.1.1",
              IPv6Gateway: "fd00::1",
            },
          },
        },
      },
      {
        networks: [
          {
            id: "o1",
            name: "shop",
            driver: "overlay",
            scope: "swarm",
            isIngress: false,
            ips: ["10.0.1.2", "fd00::2"],
            gateways: ["10.0.1.1", "fd00::1"],
          },
        ],
      },
    ],
    [
      "published ports, TCP alone",
      {
        NetworkSettings: {
          Ports: {
            "6379/tcp": [
              { HostIp: "0.0.0.0", HostPort: "32768" },
              { HostIp: "::", HostPort: "32768" },
            ],
            "53/udp": [{ HostIp: "0.0.0.0", HostPort: "53" }],
            "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }],
            "81/tcp": [{ HostIp: "", HostPort: "8081" }],
            "82/tcp": "odd",
            "83/tcp": [{ HostIp: "172.17.0.1", HostPort: "8083" }],
          },
        },
      },
      {
        published: [
          { containerPort: 6379, hostIp: "0.0.0.0", hostPort: 32768 },
          { containerPort: 6379, hostIp: "::", hostPort: 32768 },
          { containerPort: 80, hostIp: "127.0.0.1", hostPort: 8080 },
          { containerPort: 81, hostIp: "0.0.0.0", hostPort: 8081 },
          { containerPort: 83, hostIp: "172.17.0.1", hostPort: 8083, gatewayOf: "bridge" },
        ],
      },
    ],
  ];
  for (const [name, but, expected] of parts) {
    it(`tells: ${name}`, () => {
      const container = read(but);
      const told = Object.keys(expected).map((key) => [key, container[key as keyof Container]]);
      assert.deepEqual(Object.fromEntries(told), expected);
    });
  }

  const odd: readonly (readonly [string, unknown])[] = [
    ["nothing", undefined],
    ["text", "no such container"],
    ["an empty object", {}],
    ["a list", []],
    ["a number where a name belongs", { ...answer(), Name: 7 }],
    ["an id that is none", { ...answer(), Id: "../etc" }],
    ["a state that is none", answer({ State: { Running: "yes" } })],
    ["a start that is no time", answer({ State: { StartedAt: "yesterday" } })],
    ["labels that are numbers", answer({ Config: { Labels: { a: 1 } } })],
  ];
  for (const [name, json] of odd) {
    it(`that is odd gives a reason: ${name}`, () => {
      const outcome = outcomeOf(json);
      assert.ok(!outcome.ok);
      assert.match(outcome.reason, /^Docker's answer is odd: /);
    });
  }
});
