import { setTimeout as delay } from "node:timers/promises";
import type { EngineApi } from "./engine-api.ts";

/** What a test says of a container; the image is the lab's, with redis as its command. */
export type ContainerFacts = {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly network?: string;
  /** As after `docker run --publish`. */
  readonly publish?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly image?: string;
  readonly command?: readonly string[];
  /** More options of `docker run`. */
  readonly options?: readonly string[];
};

/** What reaches a container's engine: by its API, and by `docker`. */
export type ContainerHost = {
  readonly api: EngineApi;
  readonly docker: (...args: readonly string[]) => Promise<string>;
};

/** A container on a node of the lab. */
export type LabContainer = {
  readonly id: string;
  readonly name: string;
  /** Runs a command in it and answers its output. */
  readonly exec: (...command: readonly string[]) => Promise<string>;
  /** Its address in a network; without a name, in its first one. */
  readonly address: (network?: string) => Promise<string>;
  /** As `docker stop`, `start`, `restart`, `kill`, `pause`, `unpause`, `rm --force --volumes`; `stop` with its grace. */
  readonly stop: (graceS?: number) => Promise<void>;
  readonly start: () => Promise<void>;
  readonly restart: () => Promise<void>;
  readonly kill: (signal?: string) => Promise<void>;
  readonly pause: () => Promise<void>;
  readonly unpause: () => Promise<void>;
  readonly remove: () => Promise<void>;
  readonly logs: () => Promise<string>;
};

/** A redis that is quick to stop. */
export const redisCommand = ["redis-server", "--save", ""];

/** Labels of Docker Compose. */
export function composeLabels(project: string, service: string): Readonly<Record<string, string>> {
  return { "com.docker.compose.project": project, "com.docker.compose.service": service };
}

/** Labels that opt a container in, with its TCP_PORTS. */
export function proxyLabels(ports: string): Readonly<Record<string, string>> {
  return { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": ports };
}

type NamedFacts = ContainerFacts & { readonly name: string };

/** Starts a container and answers its id. */
export async function startContainer(
  { api, docker }: ContainerHost,
  facts: NamedFacts,
  image: string,
): Promise<string> {
  if (facts.options !== undefined) return docker(...runArguments(facts, image));
  const named = `/containers/create?name=${encodeURIComponent(facts.name)}`;
  const { Id } = (await api.ask("POST", named, creation(facts, image))) as { readonly Id: string };
  await api.ask("POST", `/containers/${Id}/start`);
  return Id;
}

/** What the engine is told by `docker run` with {@link runArguments}. */
function creation(facts: NamedFacts, image: string): unknown {
  const { labels = {}, network, publish = [], env = {}, command = redisCommand } = facts;
  const ports = publish.map(publication);
  return {
    Image: facts.image ?? image,
    Cmd: command,
    Labels: labels,
    Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
    ExposedPorts: Object.fromEntries(ports.map(({ port }) => [port, {}])),
    HostConfig: {
      ...(network === undefined ? {} : { NetworkMode: network }),
      PortBindings: bindingsOf(ports),
    },
  };
}

type Publication = { readonly port: string; readonly binding: { readonly HostIp: string; readonly HostPort: string } };

/** A container port may be published several times. */
function bindingsOf(ports: readonly Publication[]): Readonly<Record<string, readonly Publication["binding"][]>> {
  const bindings = new Map<string, Publication["binding"][]>();
  for (const { port, binding } of ports) bindings.set(port, [...(bindings.get(port) ?? []), binding]);
  return Object.fromEntries(bindings);
}

/** Reads `[[ip:]host port:]container port[/protocol]`. */
function publication(text: string): Publication {
  const [inner = "", HostPort = "", HostIp = ""] = text.split(":").toReversed();
  return { port: inner.includes("/") ? inner : `${inner}/tcp`, binding: { HostIp, HostPort } };
}

/** The arguments of `docker` that start a container with options that only `docker` knows. */
function runArguments(facts: NamedFacts, image: string): readonly string[] {
  const { name, labels = {}, network, publish = [], env = {}, command = redisCommand, options = [] } = facts;
  return [
    "run",
    "--detach",
    "--name",
    name,
    ...Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
    ...(network === undefined ? [] : ["--network", network]),
    ...publish.flatMap((each) => ["--publish", each]),
    ...Object.entries(env).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    ...options,
    facts.image ?? image,
    ...command,
  ];
}

/** A container by its id, through its node's engine. */
export function containerOf({ api, docker }: ContainerHost, id: string, name: string): LabContainer {
  const act = async (what: string) => {
    await api.ask("POST", `/containers/${id}/${what}`);
  };
  return {
    id,
    name,
    exec: (...command) => api.exec(id, command),
    address: async (network) => addressIn(await api.ask("GET", `/containers/${id}/json`), network),
    stop: (graceS) => act(graceS === undefined ? "stop" : `stop?t=${graceS}`),
    start: () => act("start"),
    restart: () => act("restart"),
    kill: (signal = "KILL") => act(`kill?signal=${signal}`),
    pause: () => act("pause"),
    // An engine that is behind with its own events lets an earlier return count after a later pause, for a moment.
    unpause: () => unlessYet("is not paused", () => act("unpause")),
    remove: async () => {
      await api.ask("DELETE", `/containers/${id}?force=1&v=1`);
    },
    logs: () => docker("logs", id),
  };
}

const catchesUpWithinMs = 5000;

/** Acts, and again while the engine refuses in these words. */
async function unlessYet(refusal: string, act: () => Promise<void>): Promise<void> {
  const latest = performance.now() + catchesUpWithinMs;
  for (;;) {
    try {
      await act();
      return;
    } catch (error) {
      if (!String(error).includes(refusal) || performance.now() > latest) throw error;
    }
    await delay(50);
  }
}

type Inspected = {
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> };
};

function addressIn(inspected: unknown, network: string | undefined): string {
  const { Networks } = (inspected as Inspected).NetworkSettings;
  const attached = network === undefined ? Object.values(Networks)[0] : Networks[network];
  return attached?.IPAddress ?? "";
}
