import { plainIp } from "@fairway/contract";
import { z } from "zod";
import type { Attachment, Container, EngineInfo, Health, NetworkMode, PublishedPort } from "./container.ts";
import { localBridge, noNetworks, type Networks } from "./networks.ts";
import { stopSignalNumber, usualStopTimeoutMs } from "./stop-signal.ts";

/** A container as read, or the sentence that says what of Docker's answer cannot be read. */
export type ReadContainer =
  { readonly ok: true; readonly container: Container } | { readonly ok: false; readonly reason: string };

const text = z.string().nullish();

const attachmentSchema = z.object({
  NetworkID: text,
  IPAddress: text,
  GlobalIPv6Address: text,
  Gateway: text,
  IPv6Gateway: text,
});

/** The fields of Docker's inspect answer that are read; all others are ignored. */
const inspectSchema = z.object({
  Id: z.string().regex(/^[0-9a-f]{64}$/),
  Name: z.string(),
  Created: z.string(),
  State: z.object({
    Running: z.boolean(),
    Paused: z.boolean().nullish(),
    Restarting: z.boolean().nullish(),
    StartedAt: z.string(),
    FinishedAt: text,
    Health: z.object({ Status: z.string() }).nullish(),
  }),
  Config: z.object({
    Image: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
    StopSignal: text,
    /** Seconds; absent: Docker's 10. Negative: Docker never kills. */
    StopTimeout: z.number().nullish(),
  }),
  HostConfig: z.object({
    NetworkMode: text,
    PortBindings: z.record(z.string(), z.unknown()).nullish(),
    RestartPolicy: z.object({ Name: text }).nullish(),
  }),
  NetworkSettings: z.object({
    Networks: z.record(z.string(), attachmentSchema.nullable()).nullish(),
    Ports: z.record(z.string(), z.unknown()).nullish(),
  }),
});

/** What is read of an inspect answer, in Docker's words. */
export type Inspected = z.infer<typeof inspectSchema>;

/** An inspect answer as parsed, or the sentence that says what of it cannot be read. */
export type ParsedInspect =
  { readonly ok: true; readonly inspected: Inspected } | { readonly ok: false; readonly reason: string };

/** Parses Docker's inspect answer (API 1.40 and newer). Never throws: an odd answer harms that container alone. */
export function parseInspect(json: unknown): ParsedInspect {
  const parsed = inspectSchema.safeParse(json);
  if (!parsed.success) return { ok: false, reason: `Docker's answer is odd: ${firstIssue(parsed.error)}` };
  return { ok: true, inspected: parsed.data };
}

/** The container that an inspect answer tells of. Networks that `networks` does not hold are left out. */
export function readInspect(inspected: Inspected, networks: Networks): ReadContainer {
  const times = { created: Date.parse(inspected.Created), started: Date.parse(inspected.State.StartedAt) };
  if (Number.isNaN(times.created) || Number.isNaN(times.started)) {
    return { ok: false, reason: "Docker's answer is odd: Created or State.StartedAt is not a time" };
  }
  return { ok: true, container: containerOf(inspected, times, networks) };
}

/**
 * Reads an inspect answer where the engine refuses to tell its networks. One whose gateway is an address of this machine
 * is a bridge of it; with another one the container cannot be read: who reaches it is not known.
 */
export function readWithoutNetworks(inspected: Inspected, ownIps: ReadonlySet<string>): ReadContainer {
  const attachments = Object.entries(inspected.NetworkSettings.Networks ?? {});
  const isBridge = (gateway: string | null | undefined) => ownIps.has(plainIp(gateway || "none"));
  const strange = attachments.find(([, each]) => each?.IPAddress && !isBridge(each.Gateway));
  if (strange !== undefined) {
    const reason = `Docker does not tell its networks, and ${strange[0]} is no bridge of this machine: a proxy before its socket must let GET /networks through (NETWORKS=1)`;
    return { ok: false, reason };
  }
  const bridges = attachments.filter(([, each]) => isBridge(each?.Gateway));
  return readInspect(inspected, {
    byId: new Map(bridges.map(([name, each]) => [each?.NetworkID ?? "", localBridge(each?.NetworkID ?? "", name)])),
    gateways: new Map(bridges.map(([name, each]) => [plainIp(each?.Gateway ?? ""), name])),
    subnets: [],
  });
}

type NetworksOfInspect = { readonly ids: readonly string[]; readonly hostIps: readonly string[] };

/** What of networks an inspect answer names: their ids, and the host's addresses that ports are published on. */
export function networksIn({ NetworkSettings: { Networks, Ports } }: Inspected): NetworksOfInspect {
  const ids = Object.values(Networks ?? {}).flatMap((each) => (each?.NetworkID ? [each.NetworkID] : []));
  return { ids, hostIps: readPublished(Ports ?? {}, noNetworks).map(({ hostIp }) => hostIp) };
}

function containerOf(
  { Id, Name, State, Config, HostConfig, NetworkSettings }: Inspected,
  times: { readonly created: number; readonly started: number },
  networks: Networks,
): Container {
  return {
    id: Id,
    name: Name.replace(/^\//, ""),
    image: Config.Image,
    createdAt: new Date(times.created).toISOString(),
    startedAtMs: times.started,
    finishedAtMs: timeAfterYearOne(State.FinishedAt),
    isRunning: State.Running && State.Restarting !== true,
    isPaused: State.Paused === true,
    health: healthOf(State.Health?.Status),
    labels: Config.Labels ?? {},
    stopSignal: stopSignalNumber(Config.StopSignal ?? undefined),
    stopTimeoutMs: stopTimeoutMs(Config.StopTimeout ?? undefined),
    networkMode: networkModeOf(HostConfig.NetworkMode ?? "default"),
    networks: attachmentsOf(NetworkSettings.Networks ?? {}, networks),
    published: readPublished(NetworkSettings.Ports ?? {}, networks),
    hostPorts: readPublished(HostConfig.PortBindings ?? {}, noNetworks).map(({ hostIp, hostPort }) => ({
      ip: hostIp,
      port: hostPort,
    })),
    isRestarted: /^(always|unless-stopped)$/.test(HostConfig.RestartPolicy?.Name ?? ""),
  };
}

function stopTimeoutMs(seconds: number | undefined): number {
  if (seconds === undefined) return usualStopTimeoutMs;
  return seconds < 0 ? Infinity : seconds * 1000;
}

/** Docker writes the year 1 for what has not happened yet. */
function timeAfterYearOne(time: string | null | undefined): number | undefined {
  const ms = Date.parse(time ?? "");
  return ms > 0 ? ms : undefined;
}

function attachmentsOf(
  attachments: Readonly<Record<string, z.infer<typeof attachmentSchema> | null>>,
  { byId }: Networks,
): readonly Attachment[] {
  return Object.values(attachments).flatMap((each) => {
    const network = byId.get(each?.NetworkID ?? "");
    if (network === undefined) return [];
    const ips = present([each?.IPAddress, each?.GlobalIPv6Address]);
    return [{ ...network, ips, gateways: present([each?.Gateway, each?.IPv6Gateway]) }];
  });
}

function present(texts: readonly (string | null | undefined)[]): readonly string[] {
  return texts.flatMap((each) => each || []);
}

function networkModeOf(mode: string): NetworkMode {
  if (mode === "host" || mode === "none") return { kind: mode };
  if (mode.startsWith("container:")) return { kind: "container", container: mode.slice("container:".length) };
  return { kind: "networks" };
}

function healthOf(status: string | undefined): Health {
  return status === "starting" || status === "healthy" || status === "unhealthy" ? status : "none";
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? error.message : `${issue.path.join(".") || "the whole"}: ${issue.message}`;
}

const bindingsSchema = z.array(z.object({ HostIp: z.string().nullish(), HostPort: z.string() }));

/**
 * Reads `NetworkSettings.Ports` or `HostConfig.PortBindings` of an inspect answer: the TCP ports that are published by
 * number; what is odd is left out.
 */
function readPublished(ports: Readonly<Record<string, unknown>>, { gateways }: Networks): readonly PublishedPort[] {
  return Object.entries(ports).flatMap(([name, value]) => {
    const containerPort = Number(/^([0-9]+)\/tcp$/.exec(name)?.[1]);
    const bindings = bindingsSchema.safeParse(value);
    if (Number.isNaN(containerPort) || !bindings.success) return [];
    return bindings.data.flatMap(({ HostIp, HostPort }) => {
      const hostPort = Number(HostPort);
      const hostIp = HostIp || "0.0.0.0";
      const gatewayOf = gateways.get(plainIp(hostIp));
      if (!(hostPort >= 1 && hostPort <= 65535)) return [];
      return [{ containerPort, hostIp, hostPort, ...(gatewayOf === undefined ? {} : { gatewayOf }) }];
    });
  });
}

const swarmSchema = z.object({ ControlAvailable: z.literal(true) });

const serviceSchema = z.object({ Spec: z.object({ Labels: z.record(z.string(), z.string()) }) });

/** Reads Docker's inspection of a Swarm service: the labels that stand on it, not those of its containers. */
export function readServiceLabels(json: unknown): Readonly<Record<string, string>> | undefined {
  return serviceSchema.safeParse(json).data?.Spec.Labels;
}

/** Reads Docker's answer to `/info`. */
export function readInfo(info: Readonly<Record<string, unknown>>): EngineInfo {
  const { ID, Name, ServerVersion, SystemTime, SecurityOptions, BuildahVersion, Swarm } = info;
  const clockMs = Date.parse(String(SystemTime));
  return {
    id: String(ID),
    name: String(Name),
    version: String(ServerVersion),
    clockMs: Number.isNaN(clockMs) ? Date.now() : clockMs,
    isRootless: Array.isArray(SecurityOptions) && SecurityOptions.some((each) => /^name=rootless\b/.test(String(each))),
    // Docker has no such field.
    isPodman: BuildahVersion !== undefined,
    isSwarmManager: swarmSchema.safeParse(Swarm).success,
  };
}
