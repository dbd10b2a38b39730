import { BlockList, isIPv4, isIPv6 } from "node:net";
import type { NetworkInterfaceInfo } from "node:os";
import { plainIp } from "@fairway/contract";
import { z } from "zod";
import type { Bridge, Network } from "./container.ts";

/** The networks of an engine. */
export type Networks = {
  readonly byId: ReadonlyMap<string, Network>;
  /** The addresses that this host has on bridges, each with the name of its network. */
  readonly gateways: ReadonlyMap<string, string>;
  /** The addresses on bridges, the containers' and the host's own, by network. */
  readonly subnets: readonly { readonly network: string; readonly addresses: BlockList }[];
};

export const noNetworks: Networks = { byId: new Map(), gateways: new Map(), subnets: [] };

const text = z.string().nullish();

const networkSchema = z.object({
  Id: z.string(),
  Name: z.string(),
  Driver: z.string(),
  Scope: z.string(),
  Ingress: z.boolean().nullish(),
  IPAM: z.object({ Config: z.array(z.object({ Subnet: text, Gateway: text })).nullish() }).nullish(),
});

type Listed = z.infer<typeof networkSchema>;

/** Reads Docker's list of networks; what is odd is left out. */
export function readNetworks(list: readonly unknown[]): Networks {
  const listed = list.flatMap((json) => networkSchema.safeParse(json).data ?? []);
  const bridges = listed.filter(isOnHost);
  return {
    byId: new Map(listed.map((each) => [each.Id, networkOf(each)])),
    gateways: new Map(bridges.flatMap((each) => gatewaysOf(each).map((ip) => [plainIp(ip), each.Name] as const))),
    subnets: bridges.flatMap((each) => ({ network: each.Name, addresses: addressesIn(each) })),
  };
}

/** The network whose address one is, by name; undefined: it is no address of a Docker network of this host. */
export function networkAt({ gateways, subnets }: Networks, ip: string): string | undefined {
  const family = isIPv6(ip) ? "ipv6" : "ipv4";
  return gateways.get(plainIp(ip)) ?? subnets.find(({ addresses }) => addresses.check(ip, family))?.network;
}

function networkOf({ Id, Name, Driver, Scope, Ingress }: Listed): Network {
  return { id: Id, name: Name, driver: Driver, scope: Scope, isIngress: Ingress === true };
}

/** The gateway of an overlay is in a namespace of its own, that of a macvlan or ipvlan is a router. */
function isOnHost({ Driver, Scope }: Listed): boolean {
  return Scope === "local" && !["macvlan", "ipvlan", "host", "null"].includes(Driver);
}

/** Docker takes the first address of a subnet for a bridge that was given none, and does not always say so. */
function gatewaysOf({ IPAM }: Listed): readonly string[] {
  return (IPAM?.Config ?? []).flatMap(({ Subnet, Gateway }) => Gateway || firstAddress(Subnet ?? ""));
}

function firstAddress(subnet: string): readonly string[] {
  const [base = "", length = ""] = subnet.split("/");
  if (!isIPv4(base) || !/^[0-9]+$/.test(length) || Number(length) > 30) return [];
  const bytes = base.split(".").map(Number);
  return [[...bytes.slice(0, 3), (bytes[3] ?? 0) + 1].join(".")];
}

function addressesIn({ IPAM }: Pick<Listed, "IPAM">): BlockList {
  const addresses = new BlockList();
  for (const { Subnet } of IPAM?.Config ?? []) {
    const [base = "", length = ""] = (Subnet ?? "").split("/");
    const isSubnet = (isIPv4(base) || isIPv6(base)) && /^[0-9]{1,3}$/.test(length);
    if (isSubnet) addresses.addSubnet(base, Number(length), isIPv6(base) ? "ipv6" : "ipv4");
  }
  return addresses;
}

const listedSchema = z.object({
  Id: z.string(),
  NetworkSettings: z.object({
    Networks: z.record(z.string(), z.object({ IPAddress: text, GlobalIPv6Address: text }).nullable()).nullish(),
  }),
});

const bridgeSchema = z.object({
  Name: z.string(),
  Driver: z.literal("bridge"),
  IPAM: z.object({ Config: z.array(z.object({ Gateway: text })).nullish() }),
  Containers: z.record(z.string(), z.object({ IPv4Address: text, IPv6Address: text })).nullish(),
});

/** The ids, in Docker's list of containers, of those that have an address; entries that are odd are passed over. */
export function idsAt(list: readonly unknown[], ip: string): readonly string[] {
  return list.flatMap((json) => {
    const parsed = listedSchema.safeParse(json);
    const attachments = parsed.success ? Object.values(parsed.data.NetworkSettings.Networks ?? {}) : [];
    const isAt = attachments.some((each) => each?.IPAddress === ip || each?.GlobalIPv6Address === ip);
    return parsed.success && isAt ? [parsed.data.Id] : [];
  });
}

/** Reads Docker's inspection of a network; undefined for one that is no bridge. */
export function readBridge(json: unknown): Bridge | undefined {
  const parsed = bridgeSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { Name, IPAM, Containers } = parsed.data;
  return {
    name: Name,
    gateways: (IPAM.Config ?? []).flatMap(({ Gateway }) => Gateway || []),
    members: Object.entries(Containers ?? {}).map(([container, { IPv4Address, IPv6Address }]) => {
      const ips = [IPv4Address, IPv6Address].flatMap((each) => each || []).map(withoutLength);
      return { container, ips };
    }),
  };
}

/** Docker writes a member's address with the length of its network: `172.18.0.3/16`. */
function withoutLength(address: string): string {
  return address.replace(/\/[0-9]+$/, "");
}

/** A bridge of this machine. */
export function localBridge(id: string, name: string): Network {
  return { id, name, driver: "bridge", scope: "local", isIngress: false };
}

/** What this machine's interfaces tell of Docker's bridges, where the engine does not: their addresses, by interface. */
export function bridgesOf(interfaces: NodeJS.Dict<readonly NetworkInterfaceInfo[]>): Networks {
  const isBridge = (name: string) => /^(docker0|docker_gwbridge|br-[0-9a-f]{12})$/.test(name);
  const own = Object.entries(interfaces).filter(([name]) => isBridge(name));
  const addresses = own.flatMap(([network, each]) =>
    (each ?? []).map(({ address, cidr }) => ({ network, address, cidr })),
  );
  return {
    byId: new Map(),
    gateways: new Map(addresses.map(({ network, address }) => [plainIp(address), network])),
    subnets: addresses.map(({ network, cidr }) => ({
      network,
      addresses: addressesIn({ IPAM: { Config: [{ Subnet: cidr, Gateway: null }] } }),
    })),
  };
}
