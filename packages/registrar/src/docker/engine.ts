import { networkInterfaces } from "node:os";
import type { Readable } from "node:stream";
import { reasonOf } from "@fairway/contract";
import { ownAddresses } from "@fairway/program";
import type Docker from "dockerode";
import { type Call, type CallOptions, DockerClient } from "./client.ts";
import {
  type Bridge,
  type Container,
  container12,
  type EngineInfo,
  type EngineList,
  type Inspection,
} from "./container.ts";
import type { EngineHost } from "./engine-host.ts";
import { type EngineEvent, readEvents, eventFilters } from "./events.ts";
import { bridgesOf, idsAt, type Networks, noNetworks, readBridge, readNetworks } from "./networks.ts";
import { SwarmServices } from "./swarm-services.ts";
import {
  networksIn,
  parseInspect,
  type ReadContainer,
  readInfo,
  readInspect,
  readWithoutNetworks,
} from "./read-answers.ts";

/** How many containers may stand between one and the owner of its network. */
const longestChain = 4;

const statesWithoutProcess: ReadonlySet<string> = new Set(["exited", "dead", "removing"]);
const everyIp: readonly string[] = ["0.0.0.0", "::"];

/**
 * A Docker engine, over dockerode. Every call throws when the engine does not answer as it should or in time, and when the
 * signal aborts.
 */
export class DockerEngine {
  readonly #client: DockerClient;
  readonly #services: SwarmServices;
  #networks = noNetworks;
  /** Addresses of the host that are known to be gateways or not; of others the networks are listed again. */
  #hostIps = new Set(everyIp);
  /** As a socket proxy may do, which lets only some paths through. */
  #isRefusingNetworks = false;
  readonly #onNetworksRefused: (reason: string) => void;

  /** `onNetworksRefused`: called when the engine begins to refuse to tell its networks. */
  constructor(host: EngineHost, signal: AbortSignal, onNetworksRefused: (reason: string) => void = () => undefined) {
    this.#client = new DockerClient(host, signal);
    this.#services = new SwarmServices(this.#client);
    this.#onNetworksRefused = onNetworksRefused;
  }

  async info(): Promise<EngineInfo> {
    // The library takes the options of `info` as those of any call; its types do not say so.
    const ask = (docker: Docker, options: CallOptions) =>
      (docker.info.bind(docker) as (options: CallOptions) => Promise<Record<string, unknown>>)(options);
    const info = readInfo(await this.#client.call({ kind: "version", ask }));
    this.#services.renew(info.isSwarmManager);
    return info;
  }

  /** The ids of all containers that have run. What was known of networks is looked at again after this. */
  async list(): Promise<EngineList> {
    this.#hostIps = new Set(everyIp);
    const all = await this.#listContainers({ all: true });
    const stopped = all.filter(({ State }) => statesWithoutProcess.has(State)).map(({ Id }) => Id);
    const others = new Set([...stopped, ...all.filter(({ State }) => State === "created").map(({ Id }) => Id)]);
    const names = new Map(all.map(({ Id, Names }) => [Id, (Names?.[0] ?? "").replace(/^\//, "") || container12(Id)]));
    return { running: all.map(({ Id }) => Id).filter((id) => !others.has(id)), stopped, names };
  }

  /** The ids of the running containers that have an address in one of their own networks, as of now. */
  async containersByAddress(): Promise<(ip: string) => readonly string[]> {
    const listed = await this.#listContainers({ all: false });
    return (ip) => idsAt(listed, ip);
  }

  /** A container by its id or name; undefined when it is gone. */
  async inspect(container: string, timeoutMs?: number): Promise<ReadContainer | undefined> {
    const ask = (docker: Docker, options: CallOptions) => docker.getContainer(container).inspect(options);
    const json = await this.#callUnlessGone({ kind: "look at a container", ask, timeoutMs });
    if (json === undefined) return undefined;
    const parsed = parseInspect(json);
    if (!parsed.ok) return parsed;
    const { ids, hostIps } = networksIn(parsed.inspected);
    const isNew = ids.some((id) => !this.#networks.byId.has(id)) || hostIps.some((ip) => !this.#hostIps.has(ip));
    if (isNew) await this.networks();
    if (this.#isRefusingNetworks) return readWithoutNetworks(parsed.inspected, ownAddresses() ?? new Set());
    for (const ip of hostIps) this.#hostIps.add(ip);
    return readInspect(parsed.inspected, this.#networks);
  }

  /** The labels of a container's Swarm service; undefined: it is of none, or the engine does not tell. Never throws. */
  serviceLabelsFor(container: Container): Promise<Readonly<Record<string, string>> | undefined> {
    return this.#services.labelsFor(container);
  }

  /** The networks as they are now; where the engine refuses to tell them, this machine's own bridges. */
  async networks(): Promise<Networks> {
    try {
      const ask = (docker: Docker, options: CallOptions) => docker.listNetworks(options);
      this.#networks = readNetworks(await this.#client.call({ kind: "list of networks", ask }));
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
    const ask = (docker: Docker, options: CallOptions) => {
      const network = docker.getNetwork(name);
      // As with `info`.
      return (network.inspect.bind(network) as (options: CallOptions) => Promise<unknown>)(options);
    };
    return readBridge(await this.#callUnlessGone({ kind: "look at a network", ask }));
  }

  /**
   * Events from a moment of the engine's clock on. Resolves when the stream is open.
   * The stream ends, or throws, when the connection is lost; it ends when the signal aborts.
   */
  async events(sinceMs: number, signal: AbortSignal): Promise<AsyncIterable<EngineEvent>> {
    const since = Math.floor(sinceMs) / 1000;
    const ask = (docker: Docker, options: CallOptions) =>
      docker.getEvents({ since, filters: eventFilters, ...options });
    const stream = await this.#client.call({ kind: "events", ask });
    return readEvents(stream as Readable, signal);
  }

  #listContainers(which: { readonly all: boolean }): Promise<Docker.ContainerInfo[]> {
    const ask = (docker: Docker, options: CallOptions) => docker.listContainers({ ...options, ...which });
    return this.#client.call({ kind: "list of containers", ask });
  }

  async #callUnlessGone<T>(call: Call<T>): Promise<T | undefined> {
    try {
      return await this.#client.call(call);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
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
  let networkOwner: Container | undefined = container;
  for (let steps = 0; networkOwner?.networkMode.kind === "container"; steps += 1) {
    const joined: ReadContainer | undefined =
      steps < longestChain ? await engine.inspect(networkOwner.networkMode.container, timeoutMs) : undefined;
    if (joined?.ok === false)
      return { kind: "unreadable", reason: `the container whose network it uses: ${joined.reason}` };
    networkOwner = joined?.container.isRunning === true ? joined.container : undefined;
  }
  return { kind: "running", container, networkOwner, serviceLabels: await engine.serviceLabelsFor(container) };
}

/** The HTTP status that the engine, or a proxy before it, refused with. */
function statusOf(error: unknown): unknown {
  return error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
}
