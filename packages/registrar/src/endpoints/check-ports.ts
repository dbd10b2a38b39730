import type { Address } from "@fairway/contract";
import { addressesOf, type AddressQuestion } from "./addresses.ts";

/** Adds to each address at the node where other ports of the container, that checks ask for, are published there. */
export function withCheckPorts(
  addresses: readonly Address[],
  ports: readonly number[],
  { networkOwner, port, node }: AddressQuestion,
): readonly Address[] {
  const others = ports.filter((each) => each !== port);
  if (others.length === 0) return addresses;
  const published = others.map((each) => ({
    port: each,
    at: addressesOf({ networkOwner, port: each, node }).addresses,
  }));
  return addresses.map((address) => {
    if (address.via !== "node") return address;
    const found = published.flatMap(({ port: each, at }) => {
      const beside = at.find(({ via, ip }) => via === "node" && ip === address.ip);
      return beside === undefined ? [] : [[String(each), beside.port] as const];
    });
    return found.length === 0 ? address : { ...address, checkPorts: Object.fromEntries(found) };
  });
}
