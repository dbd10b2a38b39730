import {
  decode,
  drainKey,
  drainsPrefix,
  endpointsPrefix,
  nodeRecordSchema,
  nodesPrefix,
  parseEndpointKey,
  parseNodeKey,
  wholeNode,
} from "@fairway/contract";
import type { Stored } from "@fairway/registry";
import { z } from "zod";
import { type Kind, readBelow } from "./kind.ts";

const nodeSchema = nodeRecordSchema.omit({ v: true }).extend({
  name: z.string(),
  endpoints: z.int().describe("how many its registrar offers"),
  drained: z.boolean().describe("an operator drains all of it"),
});

/** A machine with a registrar. */
export type NodeItem = z.output<typeof nodeSchema>;

/** The nodes whose registrars are connected with the registry. */
export const nodes: Kind<NodeItem> = {
  prefixes: [nodesPrefix, endpointsPrefix, drainsPrefix],
  schema: nodeSchema,
  read: (stored) => {
    const counts = endpointsByNode(stored);
    const drains = new Set(stored.map(({ key }) => key).filter((key) => key.startsWith(drainsPrefix)));
    return readBelow(stored, nodesPrefix, (each) => readNode(each, counts, drains));
  },
  alsoCalled: ({ address }) => [address],
  columns: [
    { title: "NODE", text: ({ name }) => name },
    { title: "ADDRESS", text: ({ address }) => address },
    { title: "ZONE", text: ({ zone }) => zone || "–" },
    { title: "ENDPOINTS", text: ({ endpoints }) => String(endpoints) },
    { title: "IN STEP", text: ({ synced }) => (synced ? "yes" : "not yet") },
    { title: "DRAINED", text: ({ drained }) => (drained ? "yes" : "–") },
    { title: "VERSION", text: ({ version }) => version },
    { title: "ENGINE", text: ({ engineId }) => engineId, isWide: true },
    { title: "LEASE", text: ({ lease }) => lease, isWide: true },
  ],
};

function endpointsByNode(stored: readonly Stored[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of stored) {
    const node = parseEndpointKey(key)?.node;
    if (node !== undefined) counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  return counts;
}

function readNode(
  { key, value }: Stored,
  counts: ReadonlyMap<string, number>,
  drains: ReadonlySet<string>,
): NodeItem | string {
  const name = parseNodeKey(key);
  if (name === undefined) return "the key is not that of a node";
  const decoded = decode(nodeRecordSchema, value);
  if (!decoded.ok) return decoded.reason;
  const { v: _v, ...record } = decoded.record;
  return {
    name,
    ...record,
    endpoints: counts.get(name) ?? 0,
    drained: drains.has(drainKey({ node: name, container12: wholeNode })),
  };
}
