import { plainIp } from "@fairway/contract";
import { z } from "zod";
import type { Attachment, Bridge, Container, EngineInfo, Health, NetworkMode, PublishedPort } from "./container.ts";
import { noNetworks, type Networks } from "./networks.ts";
import { stopSignalNumber } from "./stop-signal.ts";

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

type Inspected = z.infer<typeof inspectSchema>;

/**
 * Reads Docker's inspect answer (API 1.40 and newer). Never throws: an odd answer harms that container alone.
 * Networks that `networks` does not hold are left out.
 */
export function readInspect(json: unknown, networks: Networks): ReadContainer {
  const parsed = inspectSchema.safeParse(json);
  if (!parsed.success) return { ok: false, reason: `Docker's answer is odd: ${firstIssue(parsed.error)}` };
  const times = { created: Date.parse(parsed.data.Created), started: Date.parse(parsed.data.State.StartedAt) };
  if (Number.isNaN(times.created) || Number.isNaN(times.started)) {
    return { ok: false, reason: "Docker's answer is odd: Created or State.StartedAt is not a time" };
  }
  return { ok: true, container: containerOf(parsed.data, times, networks) };
}

/** What of networks an inspect answer names: their ids, and the host's addresses that ports are published on. */
export function networksIn(json: unknown): { readonly ids: readonly string[]; readonly hostIps: readonly string[] } {
  const parsed = inspectSchema.safeParse(json);
  if (!parsed.success) return { ids: [], hostIps: [] };
  const { Networks, Ports } = parsed.data.NetworkSettings;
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

const listedSchema = z.object({
  Id: z.string(),
  NetworkSettings: z.object({
    Networks: z.record(z.string(), z.object({ IPAddress: text, GlobalIPv6Address: text }).nullable()).nullish(),
  }),
});

const networkSchema = z.object({
  Name: z.string(),
  Driver: z.literal("bridge"),
  IPAM: z.object({ Config: z.array(z.object({ Gateway: text })).nullish() }),
  Containers: z.record(z.string(), z.object({ IPv4Address: text, IPv6Address: text })).nullish(),
});

/** The ids, in Docker's list of containers, of those that have an address; entries that are odd are passed over. */
export function idsAt(list: readonly unknown[], ip: string): readonly string[] {
  return list.flatMap((json) => {
    const parsed = listedSchema.safeParse(json);
    const attachments = parsed.success ? Object.values(parsed.data.NetworkSettings.Networks ?? {}) : [];
    const isAt = attachments.some((each) => each?.IPAddress === ip || each?.GlobalIPv6Address === ip);
    return parsed.success && isAt ? [parsed.data.Id] : [];
  });
}

/** Reads Docker's inspection of a network; undefined for one that is no bridge. */
export function readBridge(json: unknown): Bridge | undefined {
  const parsed = networkSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { Name, IPAM, Containers } = parsed.data;
  return {
    name: Name,
    gateways: (IPAM.Config ?? []).flatMap(({ Gateway }) => Gateway || []),
    members: Object.entries(Containers ?? {}).map(([container, { IPv4Address, IPv6Address }]) => {
      const ips = [IPv4Address, IPv6Address].flatMap((each) => each || []).map(withoutLength);
      return { container, ips };
    }),
  };
}

/** Docker writes a member's address with the length of its network: `172.18.0.3/16`. */
function withoutLength(address: string): string {
  return address.replace(/\/[0-9]+$/, "");
}

/** Reads Docker's answer to `/info`. */
export function readInfo(info: Readonly<Record<string, unknown>>): EngineInfo {
  const { ID, Name, ServerVersion, SystemTime, SecurityOptions } = info;
  const clockMs = Date.parse(String(SystemTime));
  return {
    id: String(ID),
    name: String(Name),
    version: String(ServerVersion),
    clockMs: Number.isNaN(clockMs) ? Date.now() : clockMs,
    isRootless: Array.isArray(SecurityOptions) && SecurityOptions.some((each) => /^name=rootless\b/.test(String(each))),
  };
}
