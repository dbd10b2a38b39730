import { nodeKey } from "@fairway/contract";
import type { RegistryClient } from "@fairway/registry";
import type { SimulatedRecord } from "./simulated-endpoints.ts";

/** What an agent that serves everything subscribes to. */
export const everything = ["endpoints/", "claims/*/", "nodes/"].map((prefix) => ({ prefix }));

const atOnce = 100;

/** Writes records without anybody who keeps them, so that nothing else happens in the registry. */
export async function writeRecords(client: RegistryClient, records: readonly SimulatedRecord[]): Promise<void> {
  const puts = records.map(({ key, value }) => ({ type: "put", key, value }) as const);
  const nodes = [...new Set(records.map(({ node }) => node))];
  const all = [...puts, ...nodes.map((node) => ({ type: "put", key: nodeKey(node), value: "{}" }) as const)];
  for (let at = 0; at < all.length; at += atOnce) await client.transact([], all.slice(at, at + atOnce));
}
