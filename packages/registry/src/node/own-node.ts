import { hostPortsPrefixOf, parseEndpointKey, rejectionsKey } from "@fairway/contract";
import { encode } from "@fairway/contract";
import type { NodeRecord } from "@fairway/contract";

/** What a registrar says of its node; the rest of the node record belongs to the session. */
export type OwnNode = Pick<NodeRecord, "address" | "zone" | "version" | "engineId" | "bootId" | "netns"> & {
  readonly node: string;
};

/** The part of a node record that each session of a registrar writes anew. */
export type SessionIds = Pick<NodeRecord, "lease" | "session">;

/** The value of `nodes/<node>`. */
export function nodeRecordValue(own: OwnNode, { lease, session }: SessionIds, synced: boolean): string {
  const { address, zone, version, engineId, bootId, netns } = own;
  const record: NodeRecord = { v: 1, address, zone, version, engineId, bootId, netns, lease, session, synced };
  return encode(record);
}

/** True for the keys that a node's registrar writes and deletes: its endpoints, rejections and host ports. */
export function isKeyOfNode(node: string, key: string): boolean {
  const isBelow = key.startsWith(rejectionsKey(node, "")) || key.startsWith(hostPortsPrefixOf(node));
  return isBelow || parseEndpointKey(key)?.node === node;
}
