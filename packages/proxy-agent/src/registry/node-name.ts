import type { KernelIdentity } from "@fairway/program";
import type { Nodes } from "./nodes.ts";
import type { SeenNode } from "./seen.ts";

/** The name of the node that a proxy stands on, and who names it so. */
export type NamedBy = {
  readonly node: string;
  readonly nodeNamedBy: "NODE_NAME" | "the addon" | "its registrar's record" | "the host";
};

/** Who may name the node of a proxy; undefined: does not. */
export type NodeNamers = {
  readonly setting: string | undefined;
  readonly addon: string | undefined;
  readonly machine: Pick<NodeName, "name" | "found">;
};

/** What NODE_NAME says, else the addon, else the registrar's record, else the host. */
export function nodeNameOf({ setting, addon, machine }: NodeNamers): NamedBy {
  if (setting !== undefined) return { node: setting, nodeNamedBy: "NODE_NAME" };
  if (addon !== undefined) return { node: addon, nodeNamedBy: "the addon" };
  const { name, found } = machine;
  return { node: name, nodeNamedBy: found === undefined ? "the host" : "its registrar's record" };
}

/** What is known of nodes when the own one is looked for. */
export type NodesSeen = Pick<Nodes, "present" | "machineOf">;

/** What {@link NodeName} begins with. */
export type NodeNameOptions = {
  /** A container keeps that of its creation, whatever its machine is called since. */
  readonly hostname: string;
  /** Where this program runs. */
  readonly kernel: KernelIdentity;
};

/**
 * The name of the node that a proxy stands on, where neither NODE_NAME nor the addon says it: that under which the
 * registrar in the same network namespace of the same kernel has its record. So both have one name, also after the
 * machine was given another one.
 */
export class NodeName {
  readonly #hostname: string;
  readonly #kernel: KernelIdentity;
  #found: string | undefined;

  constructor({ hostname, kernel }: NodeNameOptions) {
    this.#hostname = hostname;
    this.#kernel = kernel;
  }

  /** The host's name until a record is found. */
  get name(): string {
    return this.#found ?? this.#hostname;
  }

  /** What a record said; undefined: none was found. */
  get found(): string | undefined {
    return this.#found;
  }

  /** Takes over what an earlier agent found. */
  adopt(found: string | undefined): void {
    this.#found = found;
  }

  /** Looks for the own node among those that have a record. Returns whether the name is another one now. */
  look(nodes: NodesSeen): boolean {
    const before = this.name;
    this.#found = ownNodeIn(nodes, this.#kernel, before) ?? this.#found;
    return this.name !== before;
  }
}

/**
 * The node of a kernel and namespace. Two engines of one machine may be there: then that of the present name, which is
 * kept also while its registrar is away and the other engine's is not.
 */
function ownNodeIn(nodes: NodesSeen, kernel: KernelIdentity, name: string): string | undefined {
  const here = nodes.present().filter((node) => isHere(node, kernel));
  if (here.some(({ node }) => node === name)) return name;
  const [only, ...others] = here;
  if (only === undefined || others.length > 0) return undefined;
  const known = nodes.machineOf(name);
  const isOtherEngines = known?.bootId === kernel.bootId && known.engineId !== only.engineId;
  return isOtherEngines ? undefined : only.node;
}

function isHere({ bootId, netns }: SeenNode, kernel: KernelIdentity): boolean {
  return bootId !== "" && bootId === kernel.bootId && netns !== "" && netns === kernel.netns;
}
