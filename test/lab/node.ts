import { join } from "node:path";
import { ask, flags, listenersOf, run, startDockerd } from "@fairway/standalone";
import type { Child, SeenListener } from "@fairway/standalone";
import { containerOf, runArguments } from "./container.ts";
import type { ContainerFacts, LabContainer } from "./container.ts";
import { importLabImage, labImage } from "./lab-image.ts";
import { labProgram } from "./program.ts";
import type { LabProgram } from "./program.ts";
import { addMember } from "./world/member.ts";
import type { Member } from "./world/member.ts";
import type { World } from "./world/world.ts";

/** A node of the lab: a network, a Docker engine, and room for a registrar and a proxy agent. */
export type LabNode = Member & {
  readonly dockerHost: string;
  readonly engine: LabEngine;
  readonly registrar: LabProgram;
  readonly agent: LabProgram;
  /** The agent's STATE_DIR. */
  readonly stateDir: string;
  /** Runs `docker` with these arguments on the node's engine and answers its output. */
  readonly docker: (...args: readonly string[]) => Promise<string>;
  /** Starts a container. */
  readonly runContainer: (facts: ContainerFacts) => Promise<LabContainer>;
  /** What HAProxy on this node answers for its listeners. Throws when none runs. */
  readonly listeners: () => Promise<readonly SeenListener[]>;
  /** HAProxy's answer to a command of its runtime interface. */
  readonly haproxy: (command: string) => Promise<string>;
};

/** The node's dockerd, to be stopped and started again with its containers. */
export type LabEngine = {
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** What every node of a lab is given. */
export type NodeFacts = { readonly name: string; readonly host: number; readonly etcdEndpoints: string };

/**
 * Every engine gets the same address ranges, as engines do by default: equal addresses on two nodes are two containers.
 * None is private: a private range might be the machine's.
 */
const engineNetworks = flags({
  bip: "198.19.0.1/24",
  "default-address-pool": "base=198.19.128.0/17,size=24",
});

/** Adds a node and waits until its engine has the lab's image. */
export async function addNode(world: World, { name, host, etcdEndpoints }: NodeFacts): Promise<LabNode> {
  const member = await addMember(world, name, host);
  const socket = join(member.directory, "docker.sock");
  const dockerHost = `unix://${socket}`;
  const docker = (...args: readonly string[]) => run(["docker", "--host", dockerHost, ...args]);
  const engine = labEngine(world, member, socket);
  await engine.start();
  await importLabImage(dockerHost);
  const stateDir = join(member.directory, "proxy");
  const common = { ETCD_ENDPOINTS: etcdEndpoints, NODE_NAME: name };
  const registrarEnv = { ...common, DOCKER_HOST: dockerHost };
  const agentEnv = { ...common, STATE_DIR: stateDir, ADDITIONAL_SERVICES: "*" };
  const haproxy = (command: string) => ask(join(stateDir, "haproxy.sock"), command);
  return {
    ...member,
    dockerHost,
    engine,
    stateDir,
    docker,
    haproxy,
    registrar: labProgram({ name: "registrar", member, adminPort: 7380, env: registrarEnv }),
    agent: labProgram({ name: "proxy-agent", member, adminPort: 7381, env: agentEnv }),
    runContainer: async (facts) => {
      const id = await docker(...runArguments(facts, labImage));
      const name = await docker("inspect", "--format", "{{.Name}}", id);
      return containerOf({ docker }, id, name.slice(1));
    },
    listeners: async () => listenersOf(await haproxy("show stat")),
  };
}

function labEngine(world: World, member: Member, socket: string): LabEngine {
  let child: Child | undefined;
  const facts = {
    name: `dockerd of ${member.name}`,
    wrapper: member.wrapper,
    socket,
    network: engineNetworks,
    // In the lab's own memory: quick, and gone with the lab.
    dataRoot: `/run/docker-${member.name}/data`,
    execRoot: `/run/docker-${member.name}/exec`,
    cgroupParent: world.name,
    logFile: join(member.directory, "dockerd.log"),
  };
  return {
    start: async () => {
      child = await startDockerd(facts);
    },
    stop: async () => {
      await child?.stop(20_000);
    },
  };
}
