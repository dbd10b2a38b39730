import type { Attachment, Container, Health, NetworkMode } from "../src/docker/container.ts";

/** Builds containers in sentences: `aContainer().named("web").on("bridge", "172.17.0.3").label("a", "b").build()`. */
export type ContainerBuilder = {
  readonly named: (name: string) => ContainerBuilder;
  readonly label: (name: string, value: string) => ContainerBuilder;
  /** Opts in with these TCP_PORTS. */
  readonly serving: (ports: string) => ContainerBuilder;
  readonly on: (network: string, ip: string, more?: Partial<Attachment>) => ContainerBuilder;
  /** `gatewayOf`: the Docker network that has `hostIp` for its gateway. */
  readonly published: (
    containerPort: number,
    hostPort: number,
    hostIp?: string,
    gatewayOf?: string,
  ) => ContainerBuilder;
  readonly inMode: (networkMode: NetworkMode) => ContainerBuilder;
  readonly withHealth: (health: Health) => ContainerBuilder;
  readonly paused: () => ContainerBuilder;
  readonly stoppedBy: (signal: number) => ContainerBuilder;
  readonly withStopTimeout: (ms: number) => ContainerBuilder;
  readonly startedAt: (ms: number) => ContainerBuilder;
  /** Published by number, whether it runs or not. */
  readonly withHostPort: (port: number, ip?: string) => ContainerBuilder;
  readonly finishedAt: (ms: number) => ContainerBuilder;
  readonly restarted: () => ContainerBuilder;
  readonly build: () => Container;
};

export const containerId = "4f5c1b2a9d3e".padEnd(64, "0");

const bare: Container = {
  id: containerId,
  name: "web",
  image: "web:1",
  createdAt: "2026-11-22T08:00:00.000Z",
  startedAtMs: Date.parse("2026-11-22T08:00:01.000Z"),
  finishedAtMs: undefined,
  isRunning: true,
  isPaused: false,
  health: "none",
  labels: {},
  stopSignal: 15,
  stopTimeoutMs: 10_000,
  networkMode: { kind: "networks" },
  networks: [],
  published: [],
  hostPorts: [],
  isRestarted: false,
};

export function aContainer(container: Container = bare): ContainerBuilder {
  const but = (change: Partial<Container>) => aContainer({ ...container, ...change });
  const label = (name: string, value: string) => but({ labels: { ...container.labels, [name]: value } });
  return {
    label,
    named: (name) => but({ name }),
    serving: (ports) => label("aliyun.proxy.required", "true").label("aliyun.proxy.TCP_PORTS", ports),
    on: (name, ip, more = {}) => {
      const network = { id: `id-of-${name}`, name, driver: "bridge", scope: "local", isIngress: false };
      const attachment = { ...network, ips: [ip], gateways: [ip.replace(/[0-9]+$/, "1")], ...more };
      return but({ networks: [...container.networks, attachment] });
    },
    published: (containerPort, hostPort, hostIp = "0.0.0.0", gatewayOf) => {
      const port = { containerPort, hostIp, hostPort, ...(gatewayOf === undefined ? {} : { gatewayOf }) };
      return but({ published: [...container.published, port] });
    },
    inMode: (networkMode) => but({ networkMode }),
    withHealth: (health) => but({ health }),
    paused: () => but({ isPaused: true }),
    stoppedBy: (stopSignal) => but({ stopSignal }),
    withStopTimeout: (stopTimeoutMs) => but({ stopTimeoutMs }),
    startedAt: (startedAtMs) => but({ startedAtMs }),
    withHostPort: (port, ip = "0.0.0.0") => but({ hostPorts: [...container.hostPorts, { ip, port }] }),
    finishedAt: (finishedAtMs) => but({ finishedAtMs, isRunning: false }),
    restarted: () => but({ isRestarted: true }),
    build: () => container,
  };
}
