import type { DockerHost } from "@fairway/contract";
import type { Readable } from "node:stream";
import Docker from "dockerode";
import { callWithin } from "./call.ts";
import type { Network } from "./container.ts";
import type { Engine, EngineInfo } from "./engine.ts";
import { type EngineEvent, readEvent } from "./engine-event.ts";
import { linesOf } from "./event-lines.ts";
import { idsAt, readBridge } from "./read-addresses.ts";
import { networkIdsIn, readInspect } from "./read-inspect.ts";

const callTimeoutMs = 5000;

/** The engine behind a host, over dockerode. The signal ends every call. */
export function dockerEngine(host: DockerHost, signal: AbortSignal): Engine {
  const docker = new Docker(optionsOf(host));
  const known = new Map<string, Network>();
  const within = <T>(call: (options: { abortSignal: AbortSignal }) => Promise<T>) =>
    callWithin(callTimeoutMs, signal, (abortSignal) => call({ abortSignal }));

  const networks = async () => {
    const all = (await within((options) => docker.listNetworks(options))).map(networkOf);
    known.clear();
    for (const network of all) known.set(network.id, network);
    return all;
  };

  return {
    networks,
    info: async () => infoOf(await within((options) => infoCall(docker)(options))),
    list: async () => (await within((options) => docker.listContainers(options))).map(({ Id }) => Id),
    inspect: async (container) => {
      const json = await unlessGone(within((options) => docker.getContainer(container).inspect(options)));
      if (json === undefined) return undefined;
      if (networkIdsIn(json).some((id) => !known.has(id))) await networks();
      return readInspect(json, known);
    },
    containersAt: async (ip) => idsAt(await within((options) => docker.listContainers(options)), ip),
    bridge: async (name) => readBridge(await unlessGone(within(networkCall(docker, name)))),
    events: async (sinceMs, streamSignal) => {
      const since = Math.floor(sinceMs) / 1000;
      const stream = await within((options) => docker.getEvents({ since, ...options }));
      return eventsIn(endedBy(streamSignal, stream as Readable), streamSignal);
    },
  };
}

/** `host` is always set: the library would take it from DOCKER_HOST else. */
function optionsOf(host: DockerHost): Docker.DockerOptions {
  if (host.kind === "unix") return { protocol: "http", host: undefined, socketPath: host.path };
  return { protocol: "http", host: host.host, port: host.port };
}

/** The library takes the options of `info` as those of any call; its types do not say so. */
function infoCall(docker: Docker): (options: { abortSignal: AbortSignal }) => Promise<Record<string, unknown>> {
  return docker.info.bind(docker) as (options: object) => Promise<Record<string, unknown>>;
}

/** The same holds for the inspection of a network. */
function networkCall(docker: Docker, name: string): (options: { abortSignal: AbortSignal }) => Promise<unknown> {
  const network = docker.getNetwork(name);
  return network.inspect.bind(network) as (options: object) => Promise<unknown>;
}

/** The stream ends with the signal even when nobody reads it yet; an error waits for its reader. */
function endedBy(signal: AbortSignal, stream: Readable): Readable {
  signal.addEventListener("abort", () => stream.destroy(), { once: true });
  return stream.on("error", () => undefined);
}

async function* eventsIn(stream: Readable, signal: AbortSignal): AsyncGenerator<EngineEvent, void, undefined> {
  try {
    for await (const line of linesOf(stream)) {
      const event = readEvent(line);
      if (event !== undefined) yield event;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stream.destroy();
  }
}

async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && "statusCode" in error && error.statusCode === 404) return undefined;
    throw error;
  }
}

function infoOf({ ID, Name, ServerVersion, SystemTime }: Record<string, unknown>): EngineInfo {
  const clockMs = Date.parse(String(SystemTime));
  return {
    id: String(ID),
    name: String(Name),
    version: String(ServerVersion),
    clockMs: Number.isNaN(clockMs) ? Date.now() : clockMs,
  };
}

function networkOf({ Id, Name, Driver, Scope, Ingress }: Docker.NetworkInspectInfo): Network {
  return { id: Id, name: Name, driver: Driver, scope: Scope, isIngress: Ingress };
}
