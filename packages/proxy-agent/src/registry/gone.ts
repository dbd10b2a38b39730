import { nodeKey } from "@fairway/contract";
import { type Listing, type Stored } from "@fairway/registry";
import { readNode } from "./read-stored.ts";
import type { SeenEndpoint, SeenNode } from "./seen.ts";

/** What the registry says of a missing endpoint. */
export type Verdict =
  /** It is there after all. */
  | { readonly is: "living"; readonly stored: Stored }
  /** Its node says that all its containers are in the registry, and it is not. */
  | { readonly is: "gone" }
  /** Its node says nothing, or not that: the container may well live. */
  | { readonly is: "orphaned" };

/**
 * Judges missing endpoints by one reading of their keys and their nodes', all at one revision: state, not events, as
 * several watches' events come in no order. `isSynced` tells whether a node's word that it is synced counts.
 */
export function judge(
  endpoints: readonly SeenEndpoint[],
  reading: Listing,
  isSynced: (node: SeenNode) => boolean,
): ReadonlyMap<string, Verdict> {
  const read = new Map(reading.stored.map((stored) => [stored.key, stored]));
  return new Map(
    endpoints.map(({ key, at }) => {
      const stored = read.get(key);
      return [key, stored ? { is: "living", stored } : { is: absentVerdict(read.get(nodeKey(at.node)), isSynced) }];
    }),
  );
}

function absentVerdict(record: Stored | undefined, isSynced: (node: SeenNode) => boolean): "gone" | "orphaned" {
  const node = record ? readNode(record) : undefined;
  return node?.ok && isSynced(node.seen) ? "gone" : "orphaned";
}

/** The keys that must be read together to judge these: two for each endpoint at most. */
export function keysToJudge(endpoints: readonly SeenEndpoint[]): readonly string[] {
  return [...new Set(endpoints.flatMap(({ key, at }) => [key, nodeKey(at.node)]))];
}
