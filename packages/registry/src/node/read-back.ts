import { nodeKeyOf, isKeyOfNode, type OwnNode } from "./own-node.ts";
import type { RegistryClient } from "../registry-client.ts";
import { recordLost, type SessionOver } from "./session-over.ts";

/** What the registry holds for a node, or why this session may write no more. */
export type ReadBack =
  | { readonly ok: true; readonly held: ReadonlyMap<string, string | undefined>; readonly revision: bigint }
  | { readonly ok: false; readonly over: SessionOver };

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
  if (node.revision < floor) return rewound(floor, node.revision);
  if (node.stored[0]?.lease !== lease) return { ok: false, over: recordLost(node.stored[0]) };
  const ours = (await client.keysOfLease(lease)) ?? [];
  const theirs = oldLease === undefined ? [] : ((await client.keysOfLease(oldLease)) ?? []);
  const keys = [...ours, ...theirs].filter((key) => isKeyOfNode(own.node, key));
  const { stored } = await client.get(keys);
  const held = stored.map(({ key, value, lease: under }) => [key, under === lease ? value : undefined] as const);
  return { ok: true, held: new Map(held), revision: node.revision };
}

function rewound(floor: bigint, revision: bigint): ReadBack {
  const reason = `the registry went back from revision ${floor} to ${revision}`;
  return { ok: false, over: { why: "registry-rewound", reason } };
}
