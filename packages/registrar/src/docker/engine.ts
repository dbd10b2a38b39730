import { addAbortListener } from "node:events";
import type { Readable } from "node:stream";
import type { DockerHost } from "@fairway/contract";
import Docker from "dockerode";
import type { Bridge, Container, EngineInfo, EngineList, Inspection } from "./container.ts";
import { type EngineEvent, readEvents, eventFilters } from "./events.ts";
import { type Networks, noNetworks, readNetworks } from "./networks.ts";
import { idsAt, networksIn, readBridge, type ReadContainer, readInfo, readInspect } from "./read-answers.ts";

type CallOptions = { readonly abortSignal: AbortSignal };

const callTimeoutMs = 5000;

/** How many containers may stand between one and the owner of its network. */
const longestChain = 4;

const statesWithoutProcess: ReadonlySet<string> = new Set(["exited", "dead", "removing"]);
const everyIp: readonly string[] = ["0.0.0.0", "::"];

/**
 * A Docker engine, over dockerode. Every call throws when the engine does not answer as it should within 5 s, and when
 * the signal aborts.
 */
export class DockerEngine {
  readonly #docker: Docker;
  readonly #signal: AbortSignal;
  #networks = noNetworks;
  /** Addresses of the host that are known to be gateways or not; of others the networks are listed again. */
  #hostIps = new Set(everyIp);

  constructor(host: DockerHost, signal: AbortSignal) {
    this.#docker = new Docker(dockerOptions(host));
    this.#signal = signal;
  }

  async info(): Promise<EngineInfo> {
    // The library takes the options of `info` as those of any call; its types do not say so.
    const info = this.#docker.info.bind(this.#docker) as (options: CallOptions) => Promise<Record<string, unknown>>;
    return readInfo(await this.#call(info));
  }

  /** The ids of all containers that have run. What was known of networks is looked at again after this. */
  async list(): Promise<EngineList> {
    this.#hostIps = new Set(everyIp);
    const all = await this.#call((options) => this.#docker.listContainers({ ...options, all: true }));
    const stopped = all.filter(({ State }) => statesWithoutProcess.has(State)).map(({ Id }) => Id);
    const others = new Set([...stopped, ...all.filter(({ State }) => State === "created").map(({ Id }) => Id)]);
    return { running: all.map(({ Id }) => Id).filter((id) => !others.has(id)), stopped };
  }

  /** The ids of the running containers that have an address in one of their own networks, as of now. */
  async containersByAddress(): Promise<(ip: string) => readonly string[]> {
    const listed = await this.#listContainers();
    return (ip) => idsAt(listed, ip);
  }

  /** A container by its id or name; undefined when it is gone. */
  async inspect(container: string): Promise<ReadContainer | undefined> {
    const json = await this.#callUnlessGone((options) => this.#docker.getContainer(container).inspect(options));
    if (json === undefined) return undefined;
    const { ids, hostIps } = networksIn(json);
    const isNew = ids.some((id) => !this.#networks.byId.has(id)) || hostIps.some((ip) => !this.#hostIps.has(ip));
    if (isNew) await this.networks();
    for (const ip of hostIps) this.#hostIps.add(ip);
    return readInspect(json, this.#networks);
  }

  /** The networks as they are now. */
  async networks(): Promise<Networks> {
    this.#networks = readNetworks(await this.#call((options) => this.#docker.listNetworks(options)));
    return this.#networks;
  }

  /** A bridge by its network's name; undefined when there is none. */
  async bridge(name: string): Promise<Bridge | undefined> {
    const network = this.#docker.getNetwork(name);
    // As with `info`.
    const inspect = network.inspect.bind(network) as (options: CallOptions) => Promise<unknown>;
    return readBridge(await this.#callUnlessGone(inspect));
  }

  /**
   * Events from a moment of the engine's clock on. Resolves when the stream is open.
   * The stream ends, or throws, when the connection is lost; it ends when the signal aborts.
   */
  async events(sinceMs: number, signal: AbortSignal): Promise<AsyncIterable<EngineEvent>> {
    const since = Math.floor(sinceMs) / 1000;
    const stream = await this.#call((options) => this.#docker.getEvents({ since, filters: eventFilters, ...options }));
    return readEvents(stream as Readable, signal);
  }

  #listContainers(): Promise<Docker.ContainerInfo[]> {
    return this.#call((options) => this.#docker.listContainers(options));
  }

  async #callUnlessGone<T>(call: (options: CallOptions) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#call(call);
    } catch (error) {
      if (error instanceof Error && "statusCode" in error && error.statusCode === 404) return undefined;
      throw error;
    }
  }

  /** Runs one call with a deadline. (`AbortSignal.any` with a long-lived signal leaks on Node 20.) */
  async #call<T>(call: (options: CallOptions) => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted();
    const controller = new AbortController();
    const abort = (reason: unknown) => controller.abort(reason);
    const timer = setTimeout(abort, callTimeoutMs, new Error(`no answer within ${callTimeoutMs} ms`));
    const onAbort = addAbortListener(this.#signal, () => abort(this.#signal.reason));
    try {
      return await call({ abortSignal: controller.signal });
    } catch (error) {
      throw controller.signal.aborted ? controller.signal.reason : error;
    } finally {
      clearTimeout(timer);
      onAbort[Symbol.dispose]();
    }
  }
}

/** Inspects one container, and the one whose network it joined. Throws when the engine does not answer. */
export async function inspectContainer(engine: DockerEngine, id: string): Promise<Inspection> {
  const read = await engine.inspect(id);
  if (read === undefined) return { kind: "gone" };
  if (!read.ok) return { kind: "unreadable", reason: read.reason };
  const { container } = read;
  if (!container.isRunning) return { kind: "stopped", container };
  return { kind: "running", container, owner: await networkOwner(engine, container, longestChain) };
}

async function networkOwner(engine: DockerEngine, container: Container, steps: number): Promise<Container | undefined> {
  if (container.networkMode.kind !== "container") return container;
  const joined = steps > 0 ? await engine.inspect(container.networkMode.container) : undefined;
  if (joined === undefined || !joined.ok || !joined.container.isRunning) return undefined;
  return networkOwner(engine, joined.container, steps - 1);
}

/** `host` is always set: the library would take it from DOCKER_HOST else. */
function dockerOptions(host: DockerHost): Docker.DockerOptions {
  if (host.kind === "unix") return { protocol: "http", host: undefined, socketPath: host.path };
  return { protocol: "http", host: host.host, port: host.port };
}
