import type { HostPort } from "@fairway/contract";

/**
 * What this program wants to know of a container, in its own words.
 * Nothing of Docker's own types goes further than `src/docker`.
 */
export type Container = {
  /** 64 hex digits. */
  readonly id: string;
  /** Without Docker's leading slash. */
  readonly name: string;
  readonly image: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** When the present run began, milliseconds of the engine's clock. */
  readonly startedAtMs: number;
  /** When its last run ended, milliseconds of the engine's clock; undefined: none has. */
  readonly finishedAtMs: number | undefined;
  /** False as well for a container that waits for its next try under a restart policy. */
  readonly isRunning: boolean;
  readonly isPaused: boolean;
  /** `none`: the container has no HEALTHCHECK. */
  readonly health: Health;
  readonly labels: Readonly<Record<string, string>>;
  /** The number of the signal that `docker stop` sends. */
  readonly stopSignal: number;
  /** How long `docker stop` waits before it kills; Infinity: for ever. */
  readonly stopTimeoutMs: number;
  readonly networkMode: NetworkMode;
  readonly networks: readonly Attachment[];
  /** What is published now. */
  readonly published: readonly PublishedPort[];
  /** The ports of the host that it is to have by number, whenever it runs; TCP alone. */
  readonly hostPorts: readonly HostPort[];
  /** Whether the engine starts it again by itself: restart policy `always` or `unless-stopped`. */
  readonly isRestarted: boolean;
};

/** What Docker says of one container now. */
export type Inspection =
  /** The engine has it no longer. */
  | { readonly kind: "gone" }
  /** Without a process. */
  | { readonly kind: "stopped"; readonly container: Container }
  /** There, but Docker's answer cannot be read. */
  | { readonly kind: "unreadable"; readonly reason: string }
  | RunningContainer;

/** A running container, and the one whose network it uses. */
export type RunningContainer = {
  readonly kind: "running";
  readonly container: Container;
  /** The container itself, or the one whose network it joined; undefined when that does not run. */
  readonly networkOwner: Container | undefined;
  /** The labels of its Swarm service, which are not its own; undefined: it is of none, or the engine does not tell. */
  readonly serviceLabels?: Readonly<Record<string, string>> | undefined;
};

export type Health = "none" | "starting" | "healthy" | "unhealthy";

/** Where a container's addresses come from. */
export type NetworkMode =
  | { readonly kind: "networks" }
  | { readonly kind: "host" }
  | { readonly kind: "none" }
  /** `network_mode: container:X`; id or name as Docker says it. */
  | { readonly kind: "container"; readonly container: string };

/** A Docker network, as far as reachability depends on it. */
export type Network = {
  readonly id: string;
  readonly name: string;
  /** `bridge`, `overlay`, `macvlan`, … */
  readonly driver: string;
  /** `local` or `swarm`. */
  readonly scope: string;
  /** Swarm's routing mesh. */
  readonly isIngress: boolean;
};

/** A container's place in a network. */
export type Attachment = Network & {
  /** IPv4 before IPv6; empty while Docker has given none. */
  readonly ips: readonly string[];
  /** Where the container's routes out of it lead: of a bridge, the engine's own addresses. IPv4 before IPv6. */
  readonly gateways: readonly string[];
};

/** A bridge of the engine, with who is on it. */
export type Bridge = {
  readonly name: string;
  /** The engine's own addresses on it. */
  readonly gateways: readonly string[];
  readonly members: readonly BridgeMember[];
};

export type BridgeMember = {
  /** The container's id. */
  readonly container: string;
  readonly ips: readonly string[];
};

/** A container port that the engine publishes on its host; TCP alone. */
export type PublishedPort = {
  readonly containerPort: number;
  /** `0.0.0.0`, `::` or the address it is bound to. */
  readonly hostIp: string;
  readonly hostPort: number;
  /** The Docker network whose gateway that address is, by name: other nodes do not reach it, or have it too. */
  readonly gatewayOf?: string | undefined;
};

/** What the engine says of itself. */
export type EngineInfo = {
  readonly id: string;
  readonly name: string;
  /** Such as `20.10.24+dfsg1`. */
  readonly version: string;
  /** The engine's clock, milliseconds. */
  readonly clockMs: number;
  /** Its networks are in a namespace of its own, where this host does not reach them. */
  readonly isRootless: boolean;
  /** It is Podman, which answers Docker's API. */
  readonly isPodman: boolean;
  /** It may tell of the Swarm's services. */
  readonly isSwarmManager: boolean;
};

/** Ids of containers: those that have a process, and those that have had one. */
export type EngineList = {
  readonly running: readonly string[];
  readonly stopped: readonly string[];
  /** By id. */
  readonly names: ReadonlyMap<string, string>;
};

/** The first twelve digits of a container's id, as Docker shows it and keys carry it. */
export function container12(id: string): string {
  return id.slice(0, 12);
}
