import { readFile } from "node:fs/promises";
import { endianness } from "node:os";

/** Routes are up and lead through a gateway. */
const upThroughGateway = 0x3;

/** The address of the IPv4 default gateway in the text of `/proc/net/route`, the nearest one; undefined: there is none. */
export function defaultGatewayIn(routes: string, byteOrder: "LE" | "BE" = endianness()): string | undefined {
  const defaults = routes
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, destination, gateway, flags, , , , mask]) => {
      const isDefault = destination === "00000000" && mask === "00000000";
      return (
        isDefault && isAddress(gateway) && (Number.parseInt(flags ?? "", 16) & upThroughGateway) === upThroughGateway
      );
    })
    .map(([, , gateway = "", , , , metric]) => ({ gateway, metric: Number(metric) }));
  const [nearest] = defaults.sort((a, b) => a.metric - b.metric);
  return nearest && addressOf(nearest.gateway, byteOrder);
}

/** The default gateway of this network namespace now. Rejects where `/proc` is not to be read. */
export async function defaultGateway(): Promise<string | undefined> {
  return defaultGatewayIn(await readFile("/proc/net/route", "utf8"));
}

function isAddress(hex: string | undefined): boolean {
  return hex !== undefined && /^[0-9A-Fa-f]{8}$/.test(hex) && hex !== "00000000";
}

/** The kernel writes the four bytes as one number, in the machine's order. */
function addressOf(hex: string, byteOrder: "LE" | "BE"): string {
  const bytes = [...Buffer.from(hex, "hex")];
  return (byteOrder === "LE" ? bytes.toReversed() : bytes).join(".");
}
