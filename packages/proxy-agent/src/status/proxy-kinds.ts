import { ordinaryProxies, plainIp, type ProxyRecord } from "@fairway/contract";
import type { SeenEndpoint } from "../registry/seen.ts";
import { refusalKeys, tellsNotAll } from "./at-proxy.ts";
import type { Known } from "./known-containers.ts";

type KnownProxy = Known["proxies"][number];

/**
 * The proxies of a registry by what decides about endpoints: of thousands most answer alike, so that it is enough to ask
 * one of each kind, and those that are near an endpoint or refuse something of it.
 */
export class ProxyKinds {
  readonly #proxies: Known["proxies"];
  /** Those that answer alike about endpoints that they neither stand beside nor refuse. */
  readonly #kinds: readonly (readonly number[])[];
  readonly #byNode: ReadonlyMap<string, readonly number[]>;
  /** By the address of their node. */
  readonly #byAddress: ReadonlyMap<string, readonly number[]>;
  /** By the keys under which they refuse something. */
  readonly #byKey: ReadonlyMap<string, readonly number[]>;
  readonly #addresses: ReadonlyMap<string, string>;

  constructor({ proxies, nodes }: Pick<Known, "proxies" | "nodes">) {
    this.#proxies = proxies;
    this.#addresses = new Map(nodes.map(({ node, address }) => [node, plainIp(address)]));
    const addressOf = (name: string) => [this.#addresses.get(name) ?? []].flat();
    this.#kinds = [...group(proxies, ({ record }) => [kindOf(record)]).values()];
    this.#byNode = group(proxies, ({ record }) => [record.vantage.node]);
    this.#byAddress = group(proxies, ({ record }) => addressOf(record.vantage.node));
    this.#byKey = group(proxies, ({ record }) => record.rejections.first.map(({ key }) => key));
  }

  /** Of the proxies those whose answers about an endpoint may differ, in the order of all: each other answers as one of them. */
  differing(endpoint: SeenEndpoint): readonly KnownProxy[] {
    const { at, addresses } = endpoint;
    const near = [...addresses.map(({ ip }) => plainIp(ip)), this.#addresses.get(at.node) ?? []].flat();
    const apart = new Set([
      ...(this.#byNode.get(at.node) ?? []),
      ...near.flatMap((ip) => this.#byAddress.get(ip) ?? []),
      ...refusalKeys(endpoint).flatMap((key) => this.#byKey.get(key) ?? []),
    ]);
    for (const kind of this.#kinds) {
      const one = kind.find((index) => !apart.has(index));
      if (one !== undefined) apart.add(one);
    }
    return [...apart].sort((a, b) => a - b).flatMap((index) => this.#proxies[index] ?? []);
  }
}

/** Networks of one node alone matter to nobody elsewhere. */
function kindOf(record: ProxyRecord): string {
  const { scope, balancer = ordinaryProxies, vantage, lastError } = record;
  const networks = vantage.networks.flatMap(({ id, scope }) => (scope === "local" ? [] : [id]));
  return JSON.stringify([scope, balancer, vantage.kind, networks.toSorted(), tellsNotAll(record), lastError]);
}

/** Indexes of proxies, ascending, by each of the texts that is said of them. */
function group(
  proxies: Known["proxies"],
  textsOf: (proxy: KnownProxy) => readonly string[],
): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  for (const [index, proxy] of proxies.entries()) {
    for (const text of textsOf(proxy)) {
      const others = groups.get(text);
      if (others === undefined) groups.set(text, [index]);
      else if (others.at(-1) !== index) others.push(index);
    }
  }
  return groups;
}
