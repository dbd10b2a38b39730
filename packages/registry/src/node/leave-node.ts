import { setTimeout as delay } from "node:timers/promises";
import {
  claimsPrefixOfHolder,
  decode,
  nodeKey,
  nodeRecordSchema,
  parseClaimKey,
  parseEndpointKey,
  shown,
} from "@fairway/contract";
import { readAsked } from "../claims/asked.ts";
import { endUnusedClaims, removedGraceMs } from "../claims/end-claims.ts";
import { DeniedRequest, type Operation, type RegistryClient } from "../registry-client.ts";
import { isKeptAlive } from "./kept-alive.ts";
import { isKeyOfNode, type OwnNode } from "./own-node.ts";
import { batchLimits } from "./write-batch.ts";

/** What became of leaving. */
export type LeaveOutcome =
  | { readonly type: "left"; readonly records: number }
  /** The registry knows no such node. */
  | { readonly type: "absent" }
  | { readonly type: "refused"; readonly reason: string };

/** Options of {@link leaveNode}. */
export type LeaveOptions = Pick<OwnNode, "node" | "engineId"> & {
  /** How long the node record outlives the endpoints: agents that read it meanwhile know them gone, not orphaned. */
  readonly farewellMs?: number;
};

/** How long proxies have to let go of a node that leaves, before its record goes. */
const usualFarewellMs = 2000;

/**
 * Takes a node out of the registry for good: its endpoints and rejections, then its node record, then the lease; claims
 * that nothing else asks for end soon.
 * Refused for a node of another Docker engine, and while its registrar runs. Rejects when the registry is away.
 */
export async function leaveNode(client: RegistryClient, options: LeaveOptions): Promise<LeaveOutcome> {
  const { node, engineId, farewellMs = usualFarewellMs } = options;
  const key = nodeKey(node);
  const [record] = (await client.get([key])).stored;
  if (record === undefined) return { type: "absent" };
  const reason = whyNot(key, record.value, engineId);
  if (reason !== undefined) return { type: "refused", reason };
  if (record.lease === undefined) return deleteAll(client, [key], { key, modRevision: record.modRevision });
  if (await isKeptAlive(client, record.lease)) {
    return { type: "refused", reason: `the registrar of ${node} is running: stop it first` };
  }
  const guard = { key, lease: record.lease };
  const keys = ((await client.keysOfLease(record.lease)) ?? []).filter((held) => isKeyOfNode(node, held));
  const { stored } = await client.get(keys.filter((held) => parseEndpointKey(held) !== undefined));
  const left = await deleteAll(client, keys, guard);
  if (left.type !== "left") return left;
  await client.transact([guard], [{ type: "put", key, value: syncedValue(record.value), lease: record.lease }]);
  await delay(farewellMs);
  await client.transact([guard], [{ type: "delete", key }]);
  await client.revokeLease(record.lease);
  await endClaims(client, new Set(stored.flatMap((endpoint) => readAsked(endpoint)?.claims ?? [])));
  return left;
}

/** Has the claims end soon that nothing asks for any more; a role that may not is no reason to stay. */
async function endClaims(client: RegistryClient, claims: ReadonlySet<string>): Promise<void> {
  const holders = [...claims].flatMap((key) => parseClaimKey(key) ?? []);
  const graceOf = (key: string) => (claims.has(key) ? removedGraceMs : undefined);
  try {
    for (const holder of new Map(holders.map((each) => [claimsPrefixOfHolder(each), each])).values()) {
      await endUnusedClaims(client, { holder, graceOf });
    }
  } catch (error) {
    if (!(error instanceof DeniedRequest)) throw error;
  }
}

type Guard = Parameters<RegistryClient["transact"]>[0][number];

async function deleteAll(client: RegistryClient, keys: readonly string[], guard: Guard): Promise<LeaveOutcome> {
  for (let at = 0; at < keys.length; at += batchLimits.operations) {
    const batch = keys.slice(at, at + batchLimits.operations).map((key): Operation => ({ type: "delete", key }));
    const { succeeded } = await client.transact([guard], batch);
    if (!succeeded) return { type: "refused", reason: "another registrar writes for this node: stop it first" };
  }
  return { type: "left", records: keys.length };
}

/** Nothing of the node is left to write, so it is in step. */
function syncedValue(value: string): string {
  return JSON.stringify({ ...(JSON.parse(value) as object), synced: true });
}

function whyNot(key: string, value: string, engineId: string): string | undefined {
  const decoded = decode(nodeRecordSchema, value);
  if (!decoded.ok) return `${key}: ${decoded.reason}`;
  const theirs = decoded.record.engineId;
  return theirs === engineId ? undefined : `${key} is of Docker engine ${shown(theirs)}, ours is ${shown(engineId)}`;
}
