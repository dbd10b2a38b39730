import {
  decode,
  endpointRecordSchema,
  nodeRecordSchema,
  parseEndpointKey,
  parseNodeKey,
  shown,
} from "@fairway/contract";
import { type Stored } from "@fairway/registry";
import { serviceIdOf } from "@fairway/contract";
import type { SeenEndpoint, SeenNode, UnreadableRecord } from "./seen.ts";

/** A record as this program uses it, or why it cannot be used. */
export type Read<T> =
  { readonly ok: true; readonly seen: T } | { readonly ok: false; readonly unreadable: UnreadableRecord };

/** Reads an endpoint's record; keeps only what decides anything here. */
export function readEndpoint({ key, value, modRevision }: Stored): Read<SeenEndpoint> {
  const at = parseEndpointKey(key);
  if (!at) return notAKey(key, "endpoint");
  const decoded = decode(endpointRecordSchema, value);
  if (!decoded.ok) return unreadable(key, decoded);
  const { state, addresses, listen, settings, container } = decoded.record;
  const service = serviceIdOf(key);
  return {
    ok: true,
    seen: { key, at, service, state, addresses, listen, settings, container: shown(container.name), modRevision },
  };
}

/** Reads a node's record. */
export function readNode({ key, value, modRevision }: Stored): Read<SeenNode> {
  const node = parseNodeKey(key);
  if (node === undefined) return notAKey(key, "node");
  const decoded = decode(nodeRecordSchema, value);
  if (!decoded.ok) return unreadable(key, decoded);
  const { engineId, bootId, session, synced } = decoded.record;
  return { ok: true, seen: { node, engineId, bootId, session, synced, modRevision } };
}

function notAKey(key: string, kind: string): Read<never> {
  return unreadable(key, {
    code: "key-not-valid",
    reason: `the key is not that of ${kind === "node" ? "a" : "an"} ${kind}`,
  });
}

function unreadable(key: string, { code, reason }: { code: string; reason: string }): Read<never> {
  return { ok: false, unreadable: { key, code, reason } };
}
