import { claimKey, claimsPrefix, endpointsPrefix, holderName, ordinaryProxies, portName } from "@fairway/contract";
import { type ClaimUse, claimUses, portUses } from "@fairway/registry";
import { z } from "zod";
import { ageOf, type Kind, some } from "./kind.ts";

const frontFields = {
  port: z.int(),
  serverName: z.string().nullable().describe("one of several names on that port; null: the port itself"),
  balancer: z.string().nullable().describe("the load balancer that it is a port of; null: the ordinary proxies"),
};

const holderFields = {
  holder: z.string().describe("project, or of a load balancer's port project/service"),
  claimedAt: z.string().nullable().describe("null: no registrar has put the claim yet"),
  endpoints: z.int().describe("how many ask for the port"),
};

const claimSchema = z.object({
  name: z.string().describe("its key below claims/"),
  ...frontFields,
  ...holderFields,
  project: z.string(),
  isEnding: z.boolean().describe("nothing asks for it, and its time runs"),
});

const portSchema = z.object({
  name: z.string().describe("6379, 443,a.example.com, or 6379@proxy_test of a load balancer"),
  ...frontFields,
  ...holderFields,
  project: z.string(),
  others: z.array(z.object({ holder: z.string(), endpoints: z.int(), isShared: z.boolean() })),
});

/** Who asked for a front port. */
export type ClaimItem = z.output<typeof claimSchema>;

/** A front port, and whose it is on a proxy that is told nothing else. */
export type PortItem = z.output<typeof portSchema>;

const prefixes = [claimsPrefix, endpointsPrefix];

/** All claims, and what asks for a port that nobody has claimed yet. */
export const claims: Kind<ClaimItem> = {
  prefixes,
  schema: claimSchema,
  read: (stored) => ({ items: claimUses(stored).map(claimItem), leftOut: [] }),
  alsoCalled: (item) => [frontName(item), String(item.port), item.holder],
  projectOf: ({ project }) => project,
  columns: [
    { title: "PORT", text: frontName },
    { title: "HOLDER", text: ({ holder }) => holder },
    { title: "CLAIMED", text: whenClaimed },
    { title: "ENDPOINTS", text: ({ endpoints, isEnding }) => (isEnding ? "0, about to end" : String(endpoints)) },
    { title: "KEY", text: ({ name }) => name, isWide: true },
  ],
};

/** Each front port once, with its owner. */
export const ports: Kind<PortItem> = {
  prefixes,
  schema: portSchema,
  read: (stored) => ({ items: portItems(claimUses(stored)), leftOut: [] }),
  alsoCalled: ({ port }) => [String(port)],
  projectOf: ({ project }) => project,
  columns: [
    { title: "PORT", text: ({ name }) => name },
    { title: "OWNER", text: ({ holder }) => holder },
    { title: "ENDPOINTS", text: ({ endpoints }) => String(endpoints) },
    { title: "SHARED WITH", text: ({ others }) => holders(others, true) },
    { title: "REFUSED TO", text: ({ others }) => holders(others, false) },
    { title: "CLAIMED", text: whenClaimed },
  ],
};

function holders(others: PortItem["others"], isShared: boolean): string {
  return some(others.filter((other) => other.isShared === isShared).map(({ holder }) => holder));
}

function whenClaimed({ claimedAt }: Pick<ClaimItem, "claimedAt">): string {
  return claimedAt === null ? "not yet" : `${ageOf(claimedAt)} ago`;
}

function frontName({ port, serverName, balancer }: Pick<ClaimItem, "port" | "serverName" | "balancer">): string {
  return portName({ port, name: serverName ?? undefined, balancer: balancer ?? ordinaryProxies });
}

function fieldsOf({ claim, claimedAt, endpoints }: ClaimUse) {
  const { port, name, balancer, project } = claim;
  return {
    port,
    serverName: name ?? null,
    balancer: balancer === ordinaryProxies ? null : balancer,
    holder: holderName(claim),
    project,
    claimedAt: claimedAt ?? null,
    endpoints,
  };
}

function claimItem(use: ClaimUse): ClaimItem {
  const isEnding = use.lease !== undefined && use.endpoints === 0;
  return { name: claimKey(use.claim).slice(claimsPrefix.length), ...fieldsOf(use), isEnding };
}

function portItems(uses: readonly ClaimUse[]): readonly PortItem[] {
  return [...portUses(uses)].map(([name, { owner, others }]) => ({
    name,
    ...fieldsOf(owner),
    others: others.map(({ claim, endpoints, isShared }) => ({ holder: holderName(claim), endpoints, isShared })),
  }));
}
