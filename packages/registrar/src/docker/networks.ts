import { BlockList, isIPv4, isIPv6 } from "node:net";
import { plainIp } from "@fairway/contract";
import { z } from "zod";
import type { Network } from "./container.ts";

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

function addressesIn({ IPAM }: Listed): BlockList {
  const addresses = new BlockList();
  for (const { Subnet } of IPAM?.Config ?? []) {
    const [base = "", length = ""] = (Subnet ?? "").split("/");
    const isSubnet = (isIPv4(base) || isIPv6(base)) && /^[0-9]{1,3}$/.test(length);
    if (isSubnet) addresses.addSubnet(base, Number(length), isIPv6(base) ? "ipv6" : "ipv4");
  }
  return addresses;
}
