import { addAbortListener } from "node:events";
import { networkInterfaces } from "node:os";
import type { Readable } from "node:stream";
import { type DockerHost, reasonOf } from "@fairway/contract";
import { ownAddresses } from "@fairway/program";
import Docker from "dockerode";
import {
  type Bridge,
  type Container,
  container12,
  type EngineInfo,
  type EngineList,
  type Inspection,
} from "./container.ts";
import { type EngineEvent, readEvents, eventFilters } from "./events.ts";
import { bridgesOf, idsAt, type Networks, noNetworks, readBridge, readNetworks } from "./networks.ts";
import { networksIn, type ReadContainer, readInfo, readInspect, readWithoutNetworks } from "./read-answers.ts";

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
  /** As a socket proxy may do, which lets only some paths through. */
  #isRefusingNetworks = false;
  readonly #onNetworksRefused: (reason: string) => void;

  /** `onNetworksRefused`: called when the engine begins to refuse to tell its networks. */
  constructor(host: DockerHost, signal: AbortSignal, onNetworksRefused: (reason: string) => void = () => undefined) {
    this.#docker = new Docker(dockerOptions(host));
    this.#signal = signal;
    this.#onNetworksRefused = onNetworksRefused;
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
    const names = new Map(all.map(({ Id, Names }) => [Id, (Names?.[0] ?? "").replace(/^\//, "") || container12(Id)]));
    return { running: all.map(({ Id }) => Id).filter((id) => !others.has(id)), stopped, names };
  }

  /** The ids of the running containers that have an address in one of their own networks, as of now. */
  async containersByAddress(): Promise<(ip: string) => readonly string[]> {
    const listed = await this.#listContainers();
    return (ip) => idsAt(listed, ip);
  }

  /** A container by its id or name; undefined when it is gone. */
  async inspect(container: string, timeoutMs = callTimeoutMs): Promise<ReadContainer | undefined> {
    const inspect = (options: CallOptions) => this.#docker.getContainer(container).inspect(options);
    const json = await this.#callUnlessGone(inspect, timeoutMs);
    if (json === undefined) return undefined;
    const { ids, hostIps } = networksIn(json);
    const isNew = ids.some((id) => !this.#networks.byId.has(id)) || hostIps.some((ip) => !this.#hostIps.has(ip));
    if (isNew) await this.networks();
    if (this.#isRefusingNetworks) return readWithoutNetworks(json, ownAddresses() ?? new Set());
    for (const ip of hostIps) this.#hostIps.add(ip);
    return readInspect(json, this.#networks);
  }

  /** The networks as they are now; where the engine refuses to tell them, this machine's own bridges. */
  async networks(): Promise<Networks> {
    try {
      this.#networks = readNetworks(await this.#call((options) => this.#docker.listNetworks(options)));
      this.#isRefusingNetworks = false;
    } catch (error) {
      if (statusOf(error) !== 403) throw error;
      if (!this.#isRefusingNetworks) this.#onNetworksRefused(reasonOf(error));
      this.#isRefusingNetworks = true;
      this.#networks = bridgesOf(networkInterfaces());
    }
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

  async #callUnlessGone<T>(
    call: (options: CallOptions) => Promise<T>,
    timeoutMs = callTimeoutMs,
  ): Promise<T | undefined> {
    try {
      return await this.#call(call, timeoutMs);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** Runs one call with a deadline. (`AbortSignal.any` with a long-lived signal leaks on Node 20.) */
  async #call<T>(call: (options: CallOptions) => Promise<T>, timeoutMs = callTimeoutMs): Promise<T> {
    this.#signal.throwIfAborted();
    const controller = new AbortController();
    const abort = (reason: unknown) => controller.abort(reason);
    const timer = setTimeout(abort, timeoutMs, new Error(`no answer within ${timeoutMs} ms`));
    const onAbort = addAbortListener(this.#signal, () => abort(this.#signal.reason));
    try {
      return await call({ abortSignal: controller.signal });
    } catch (error) {
      throw controller.signal.aborted ? controller.signal.reason : withAdvice(error);
    } finally {
      clearTimeout(timer);
      onAbort[Symbol.dispose]();
    }
  }
}

/**
 * Inspects one container, and the one whose network it joined. Throws when the engine does not answer within a time, of
 * each of them.
 */
export async function inspectContainer(engine: DockerEngine, id: string, timeoutMs: number): Promise<Inspection> {
  const read = await engine.inspect(id, timeoutMs);
  if (read === undefined) return { kind: "gone" };
  if (!read.ok) return { kind: "unreadable", reason: read.reason };
  const { container } = read;
  if (!container.isRunning) return { kind: "stopped", container };
  let owner: Container | undefined = container;
  for (let steps = 0; owner?.networkMode.kind === "container"; steps += 1) {
    const joined: ReadContainer | undefined =
      steps < longestChain ? await engine.inspect(owner.networkMode.container, timeoutMs) : undefined;
    if (joined?.ok === false)
      return { kind: "unreadable", reason: `the container whose network it uses: ${joined.reason}` };
    owner = joined?.container.isRunning === true ? joined.container : undefined;
  }
  return { kind: "running", container, owner };
}

/** The HTTP status that the engine, or a proxy before it, refused with. */
function statusOf(error: unknown): unknown {
  return error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
}

/** `host` is always set: the library would take it from DOCKER_HOST else. */
function dockerOptions(host: DockerHost): Docker.DockerOptions {
  if (host.kind === "unix") return { protocol: "http", host: undefined, socketPath: host.path };
  return { protocol: "http", host: host.host, port: host.port };
}

const mayNotConnect = "this program may not use it: it must be root, or in the socket's group";
const seLinux = "where SELinux is on, its container needs security_opt label=disable";

/** A socket that refuses this program does not say what would let it in. */
export function withAdvice(error: unknown): unknown {
  const isRefused = error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM");
  return isRefused ? new Error(`${error.message}: ${mayNotConnect}; ${seLinux}`, { cause: error }) : error;
}
