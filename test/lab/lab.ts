import { addEtcd } from "./etcd.ts";
import type { LabEtcd } from "./etcd.ts";
import { addNode } from "./node.ts";
import type { LabNode } from "./node.ts";
import { createWorld } from "./world/world.ts";

type Env = Readonly<Record<string, string>>;

/** What a lab is made of. */
export type LabOptions = {
  /** `n1`, `n2`, … (1) */
  readonly nodes?: number;
  /** (1) */
  readonly etcdMembers?: number;
  /** etcd with TLS, users and roles, made by the scripts in `deploy/etcd`. */
  readonly isSecured?: boolean;
  /** More options of etcd's members. */
  readonly etcd?: readonly string[];
  /** More settings of every registrar, or false: none is started. */
  readonly registrars?: Env | false;
  /** More settings of every proxy agent, or false: none is started. */
  readonly agents?: Env | false;
  /** Every node has the images of the working tree. (false) */
  readonly images?: boolean;
};

/** Several machines on one: real Docker engines, a real etcd cluster, real programs, on a network that can be cut. */
export type Lab = {
  readonly nodes: readonly LabNode[];
  /** Node `n<number>`. Throws when there is none. */
  readonly node: (number: number) => LabNode;
  readonly etcd: LabEtcd;
  /** For files of a test. */
  readonly directory: string;
  /** Ends every process and removes everything. */
  readonly dispose: () => void;
};

const firstHost = 11;

/** Builds a lab and waits until all of it is up. What a failed attempt has made is removed. */
export async function createLab(options: LabOptions = {}): Promise<Lab> {
  const world = await createWorld();
  try {
    const { isSecured, etcd: more } = options;
    const etcd = await addEtcd(world, options.etcdMembers ?? 1, { isSecured, more });
    const images = options.images ?? false;
    const numbers = Array.from({ length: options.nodes ?? 1 }, (_, n) => n);
    const facts = numbers.map((n) => ({ name: `n${n + 1}`, host: firstHost + n, etcd, images }));
    const nodes = await Promise.all(facts.map((each) => addNode(world, each)));
    await Promise.all(nodes.map((node) => startPrograms(node, options)));
    const node = (number: number) => nodeIn(nodes, number);
    return { nodes, node, etcd, directory: world.directory, dispose: world.end };
  } catch (error) {
    world.end();
    throw error;
  }
}

async function startPrograms(
  { registrar, agent }: LabNode,
  { registrars = {}, agents = {} }: LabOptions,
): Promise<void> {
  await Promise.all([
    ...(registrars === false ? [] : [registrar.start(registrars)]),
    ...(agents === false ? [] : [agent.start(agents)]),
  ]);
}

function nodeIn(nodes: readonly LabNode[], number: number): LabNode {
  const found = nodes[number - 1];
  if (found === undefined) throw new Error(`the lab has no node n${number}, but ${nodes.length} nodes`);
  return found;
}
