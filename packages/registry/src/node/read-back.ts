import { nodeKeyOf, isKeyOfNode, type OwnNode } from "./own-node.ts";
import type { RegistryClient } from "../registry-client.ts";
import type { Listing } from "../stored.ts";

/** What the registry holds for a node, or why this session may write no more. */
export type ReadBack =
  | { readonly ok: true; readonly held: ReadonlyMap<string, string | undefined>; readonly revision: bigint }
  | { readonly ok: false; readonly reason: string };

/** What {@link readBack} is told. */
export type ReadBackQuestion = {
  readonly client: RegistryClient;
  readonly own: OwnNode;
  readonly lease: string;
  /** The former session's lease, while it may hold records. */
  readonly oldLease: string | undefined;
  /** The highest revision that the registry has shown before this is asked. */
  readonly floor: bigint;
};

/**
 * Reads what stands under the node's leases, never by listing `endpoints/`. Records still under the old lease are held
 * without a value: wanted ones are to be written again under the new lease, the others deleted.
 */
export async function readBack({ client, own, lease, oldLease, floor }: ReadBackQuestion): Promise<ReadBack> {
  const node = await client.get([nodeKeyOf(own)]);
  if (node.revision < floor) return over(`the registry went back from revision ${floor} to ${node.revision}`);
  if (node.stored[0]?.lease !== lease) return over(whoseIsIt(node));
  const ours = (await client.keysOfLease(lease)) ?? [];
  const theirs = oldLease === undefined ? [] : ((await client.keysOfLease(oldLease)) ?? []);
  const keys = [...ours, ...theirs].filter((key) => isKeyOfNode(own.node, key));
  const { stored } = await client.get(keys);
  const held = stored.map(({ key, value, lease: under }) => [key, under === lease ? value : undefined] as const);
  return { ok: true, held: new Map(held), revision: node.revision };
}

function whoseIsIt({ stored }: Listing): string {
  return stored[0] === undefined ? "the node record is gone" : "the node record is another session's";
}

function over(reason: string): ReadBack {
  return { ok: false, reason };
}
