import { join } from "node:path";
import { flags, run, startDockerd } from "@fairway/standalone";
import type { Child } from "@fairway/standalone";
import { containerOf, startContainer } from "./container.ts";
import type { ContainerFacts, LabContainer } from "./container.ts";
import { engineApi } from "./engine-api.ts";
import type { EngineApi } from "./engine-api.ts";
import { startWithImages } from "./engine-images.ts";
import type { LabEtcd } from "./etcd.ts";
import { labImage } from "./lab-image.ts";
import { addProxy } from "./more-proxies.ts";
import type { MoreProxyFacts } from "./more-proxies.ts";
import { labProgram } from "./program.ts";
import type { LabProgram } from "./program.ts";
import { labProxy } from "./proxy.ts";
import type { LabProxy } from "./proxy.ts";
import { addMember } from "./world/member.ts";
import type { Member } from "./world/member.ts";
import type { World } from "./world/world.ts";

/** A node of the lab: a network, a Docker engine, and room for a registrar and a proxy agent. */
export type LabNode = Member &
  LabProxy & {
    readonly dockerHost: string;
    readonly engine: LabEngine;
    /** The engine's API. */
    readonly api: EngineApi;
    readonly registrar: LabProgram;
    /** Adds a proxy beside the node's own, with an address of its own; at most eight. Not started yet. */
    readonly addProxy: (facts: MoreProxyFacts) => Promise<LabProxy>;
    /** The agents of the proxies that were added. */
    readonly moreAgents: readonly LabProgram[];
    /** Runs `docker` with these arguments on the node's engine and answers its output. */
    readonly docker: (...args: readonly string[]) => Promise<string>;
    /** Starts a container. */
    readonly runContainer: (facts: ContainerFacts) => Promise<LabContainer>;
  };

/** The node's dockerd, to be stopped and started again with its containers. */
export type LabEngine = {
  /** `more`: options of dockerd, for this start. */
  readonly start: (more?: readonly string[]) => Promise<void>;
  readonly stop: () => Promise<void>;
  /** SIGSTOP lets every question hang until SIGCONT. */
  readonly signal: (signal: "SIGSTOP" | "SIGCONT") => void;
};

/** What every node of a lab is given. */
export type NodeFacts = {
  readonly name: string;
  readonly host: number;
  readonly etcd: Pick<LabEtcd, "endpoints" | "security">;
  /** Whether its engine has the images of the working tree. */
  readonly images: boolean;
};

const usualStatsPort = 1936;

/** An engine that was stopped and started among other faults may never answer a command: that is not waited for without end. */
const dockerMs = 90_000;

/** An engine starts with its containers, and three may do so at once beside all else on two cores. */
const engineMs = 180_000;

/**
 * Every engine gets the same address ranges, as engines do by default: equal addresses on two nodes are two containers.
 * None is private: a private range might be the machine's.
 */
const engineNetworks = flags({
  bip: "198.19.0.1/24",
  "default-address-pool": "base=198.19.128.0/17,size=24",
});

/** Adds a node and waits until its engine has its images. */
export async function addNode(world: World, { name, host, etcd, images }: NodeFacts): Promise<LabNode> {
  const member = await addMember(world, name, host);
  const socket = join(member.directory, "docker.sock");
  const dockerHost = `unix://${socket}`;
  const docker = (...args: readonly string[]) =>
    run(["docker", "--host", dockerHost, ...args], { timeoutMs: dockerMs });
  const api = engineApi(socket, dockerMs);
  const engine = labEngine(world, member, socket);
  const { start } = engine;
  await startWithImages({ world, dataRoot: dataRootOf(member), start: () => start(), dockerHost, api }, images);
  const common = { ETCD_ENDPOINTS: etcd.endpoints, NODE_NAME: name };
  const agentEnv = { ...common, ...etcd.security?.agent };
  const registrarEnv = { ...common, ...etcd.security?.registrar, DOCKER_HOST: dockerHost };
  let containers = 0;
  const runContainer = async (facts: ContainerFacts) => {
    containers += 1;
    // Named here, as one that ends at once could not be asked for the name that it was given.
    const named = { ...facts, name: facts.name ?? `${name}-c${containers}` };
    return containerOf({ api, docker }, await startContainer({ api, docker }, named, labImage), named.name);
  };
  const moreAgents: LabProgram[] = [];
  // Counted before anything is awaited: several may be added at once.
  let added = 0;
  return {
    ...member,
    ...labProxy({ place: member, env: agentEnv }),
    dockerHost,
    engine,
    api,
    docker,
    registrar: labProgram({ name: "registrar", member, adminPort: 7380, env: registrarEnv }),
    runContainer,
    moreAgents,
    addProxy: async (facts) => {
      const nth = (added += 1);
      const place = { address: `${world.network}.${host + 10 * nth}`, statsPort: usualStatsPort + nth };
      const env = { ...agentEnv, ...facts.env };
      const proxy = await addProxy({ ...member, docker, runContainer }, place, { ...facts, env });
      moreAgents.push(proxy.agent);
      return proxy;
    },
  };
}

/** An engine takes the machine's name for its own; here, the node's. */
const underName = ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"'];

/**
 * For each container dockerd runs itself twice more, and most of what that costs is collecting garbage of its start. With
 * this an engine takes more memory and less of the processor.
 */
const lessCollecting = ["env", "GOGC=400"];

function dataRootOf({ name }: Member): string {
  return `/run/docker-${name}/data`;
}

function labEngine(world: World, member: Member, socket: string): LabEngine {
  let child: Child | undefined;
  const facts = {
    name: `dockerd of ${member.name}`,
    wrapper: [...member.wrapper, ...underName, member.name, ...lessCollecting],
    socket,
    network: engineNetworks,
    // In the lab's own memory: quick, and gone with the lab.
    dataRoot: dataRootOf(member),
    execRoot: `/run/docker-${member.name}/exec`,
    cgroupParent: world.name,
    logFile: join(member.directory, "dockerd.log"),
    readyWithinMs: engineMs,
  };
  return {
    start: async (more = []) => {
      child = await startDockerd({ ...facts, network: [...facts.network, ...more] });
    },
    stop: async () => {
      await child?.stop(20_000);
    },
    signal: (signal) => void child?.signal(signal),
  };
}
