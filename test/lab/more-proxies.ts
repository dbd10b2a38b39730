import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ContainerFacts, LabContainer } from "./container.ts";
import { labProxy } from "./proxy.ts";
import type { LabProxy } from "./proxy.ts";
import type { Member } from "./world/member.ts";

/** A proxy beside the node's own. */
export type MoreProxyFacts = {
  /** PROXY_NAME. */
  readonly name: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Stands in a container of its own on this network, where clients reach these ports of it. (in the node's network) */
  readonly inside?: {
    readonly network: string;
    readonly ports: readonly number[];
    readonly labels?: Readonly<Record<string, string>>;
  };
};

/** What another proxy needs to know of its node. */
export type ProxyHost = Pick<Member, "name" | "directory" | "wrapper" | "run"> & {
  readonly docker: (...args: readonly string[]) => Promise<string>;
  readonly runContainer: (facts: ContainerFacts) => Promise<LabContainer>;
};

/** What tells one proxy of a node from the others. */
export type ProxyPlace = { readonly address: string; readonly statsPort: number };

/**
 * Adds a proxy to a node, with an address, a state and an HAProxy of its own; not started yet. Its listeners have the
 * same ports as those of the node's other proxies: the address makes the difference.
 */
export async function addProxy(node: ProxyHost, place: ProxyPlace, facts: MoreProxyFacts): Promise<LabProxy> {
  const { address, statsPort } = place;
  const { name, env = {}, inside } = facts;
  await node.run("ip", "address", "add", `${address}/24`, "dev", "eth0");
  const directory = join(node.directory, name);
  mkdirSync(directory);
  const common = { PROXY_NAME: name, STATS_PORT: String(statsPort) };
  if (inside === undefined) {
    const { wrapper } = node;
    const here = { name: `${name} on ${node.name}`, address, directory, wrapper };
    return labProxy({ place: here, env: { ...common, BIND_ADDRESS: address, ...env } });
  }
  const wrapper = await containerFor(node, address, { name, ...inside });
  const there = { name: `${name} in a container of ${node.name}`, address, directory, wrapper };
  return labProxy({ place: there, env: { ...common, ADMIN_LISTEN: "0.0.0.0:7381", VANTAGE: inside.network, ...env } });
}

type Inside = MoreProxyFacts["inside"] & { readonly name: string };

/** Starts a container that does nothing, published at the proxy's address; answers what enters its network. */
async function containerFor(
  node: ProxyHost,
  address: string,
  { name, network, ports, labels = {} }: Inside,
): Promise<readonly [string, ...string[]]> {
  const publish = [7381, ...ports].map((port) => `${address}:${port}:${port}`);
  const { id } = await node.runContainer({ name, network, publish, labels, command: ["sleep", "infinity"] });
  const pid = await node.docker("inspect", "--format", "{{.State.Pid}}", id);
  return [...node.wrapper, "nsenter", `--net=/proc/${pid}/ns/net`];
}
