import { readFile } from "node:fs/promises";
import { endianness } from "node:os";
import { ipKind, plainIp } from "@fairway/contract";

/**
 * The default gateway of this network namespace now: of IPv4, else of IPv6. Rejects where `/proc` is not to be read;
 * a kernel without IPv6 has no routes of it.
 */
export async function defaultGateway(): Promise<string | undefined> {
  const ipv4 = defaultGatewayIn(await readFile("/proc/net/route", "utf8"));
  return ipv4 ?? defaultIPv6GatewayIn(await readFile("/proc/net/ipv6_route", "utf8").catch(() => ""));
}

/** Routes are up and lead through a gateway. */
const upThroughGateway = 0x3;

type Route = { readonly gateway: string; readonly metric: number; readonly flags: number };

/** The address of the IPv4 default gateway in the text of `/proc/net/route`, the nearest one; undefined: there is none. */
export function defaultGatewayIn(routes: string, byteOrder: "LE" | "BE" = endianness()): string | undefined {
  const defaults = rowsOf(routes)
    .slice(1)
    .filter(([, destination, gateway, , , , , mask]) => {
      return destination === "00000000" && mask === "00000000" && isAddress(gateway, 8);
    })
    .map(([, , gateway = "", flags, , , metric]) => ({ gateway, metric: Number(metric), flags: hex(flags) }));
  const nearest = nearestOf(defaults);
  return nearest && addressOf(nearest.gateway, byteOrder);
}

/**
 * The address of the IPv6 default gateway in the text of `/proc/net/ipv6_route`, the nearest one; undefined: there is
 * none. A link-local one is left out: no URL can name it, as it says nothing without an interface.
 */
export function defaultIPv6GatewayIn(routes: string): string | undefined {
  const defaults = rowsOf(routes)
    .filter(([to, length, , , gateway]) => /^0{32}$/.test(to ?? "") && length === "00" && isAddress(gateway, 32))
    .map(([, , , , gateway = "", metric, , , flags]) => {
      return { gateway: plainIp(gateway.replace(/(.{4})(?=.)/g, "$1:")), metric: hex(metric), flags: hex(flags) };
    })
    .filter(({ gateway }) => ipKind(gateway) !== "link-local");
  return nearestOf(defaults)?.gateway;
}

function rowsOf(text: string): readonly (readonly string[])[] {
  return text.split("\n").map((line) => line.trim().split(/\s+/));
}

function nearestOf(routes: readonly Route[]): Route | undefined {
  const [nearest] = routes
    .filter(({ flags }) => (flags & upThroughGateway) === upThroughGateway)
    .sort((a, b) => a.metric - b.metric);
  return nearest;
}

function isAddress(digits: string | undefined, length: 8 | 32): boolean {
  return digits?.length === length && /^[0-9A-Fa-f]+$/.test(digits) && !/^0+$/.test(digits);
}

function hex(digits: string | undefined): number {
  return Number.parseInt(digits ?? "", 16);
}

/** The kernel writes the four bytes as one number, in the machine's order. */
function addressOf(digits: string, byteOrder: "LE" | "BE"): string {
  const bytes = [...Buffer.from(digits, "hex")];
  return (byteOrder === "LE" ? bytes.toReversed() : bytes).join(".");
}
