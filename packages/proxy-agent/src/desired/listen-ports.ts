import type { PortRange } from "@fairway/contract";

/** Which front ports labels may open on this proxy. */
export type PortRules = {
  /** LISTEN_PORTS. */
  readonly allowed: readonly PortRange[];
  /** Ports that the proxy itself needs, whatever LISTEN_PORTS says: whose each is, as a sentence ends. */
  readonly reserved: readonly { readonly port: number; readonly whose: string }[];
};

/** Why a port may not become a listener, or undefined. */
export type PortRefusal = { readonly code: "port-reserved" | "port-not-allowed"; readonly reason: string };

export function refusePort(port: number, { allowed, reserved }: PortRules): PortRefusal | undefined {
  const owner = reserved.find((each) => each.port === port);
  if (owner) return { code: "port-reserved", reason: `port ${port} is ${owner.whose}` };
  if (allowed.some(({ first, last }) => first <= port && port <= last)) return undefined;
  return { code: "port-not-allowed", reason: `port ${port} is outside LISTEN_PORTS ${shownRanges(allowed)}` };
}

function shownRanges(ranges: readonly PortRange[]): string {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(",") || "(none)";
}
