import { z } from "zod";
import type { Bridge } from "./container.ts";

const text = z.string().nullish();

const listedSchema = z.object({
  Id: z.string(),
  NetworkSettings: z.object({
    Networks: z.record(z.string(), z.object({ IPAddress: text, GlobalIPv6Address: text }).nullable()).nullish(),
  }),
});

const networkSchema = z.object({
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
  const parsed = networkSchema.safeParse(json);
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
