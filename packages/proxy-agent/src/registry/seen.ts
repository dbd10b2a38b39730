import {
  addressSchema,
  claimKey,
  claimRecordSchema,
  decode,
  endpointRecordSchema,
  type EndpointKey,
  endpointStates,
  longestName,
  nodeRecordSchema,
  ordinaryProxies,
  parseClaimKey,
  parseEndpointKey,
  parseNodeKey,
  serviceIdOf,
  shown,
} from "@fairway/contract";
import type { Stored } from "@fairway/registry";
import { z } from "zod";

/** A revision of etcd: 64 bits, so a string where it is written. */
export const revisionCodec = z.codec(z.string().regex(/^[0-9]+$/), z.bigint(), { decode: BigInt, encode: String });

/** One endpoint as the agent holds it: its key and the fields of its record that decide anything here. */
export const seenEndpointSchema = z.object({
  /** Relative to the registry's prefix. */
  key: z.string(),
  at: z.object({
    project: z.string(),
    service: z.string(),
    port: z.int(),
    node: z.string(),
    container12: z.string(),
  }),
  /** `<project>/<service>`, escaped as in its key: one name for one service. */
  service: z.string(),
  state: z.enum(endpointStates),
  addresses: z.array(addressSchema),
  listen: z.array(z.object({ port: z.int(), ssl: z.boolean() })),
  /** Its label SHARE. */
  share: z.string().optional(),
  /** The container's name, for sentences. */
  container: z.string(),
  modRevision: revisionCodec,
});

/** See {@link seenEndpointSchema}. */
export type SeenEndpoint = Readonly<z.output<typeof seenEndpointSchema>>;

/** One node as the agent holds it. */
export const seenNodeSchema = z.object({
  node: z.string(),
  /** Under which other nodes reach it; empty in a snapshot of an earlier agent. */
  address: z.string().default(""),
  engineId: z.string(),
  bootId: z.string(),
  /** Its registrar's network namespace; empty: not told. */
  netns: z.string().default(""),
  /** One for each session of its registrar with the registry. */
  session: z.string(),
  synced: z.boolean(),
  modRevision: revisionCodec,
});

/** See {@link seenNodeSchema}. */
export type SeenNode = Readonly<z.output<typeof seenNodeSchema>>;

/** A record that this program cannot use; all others are served. */
export type UnreadableRecord = { readonly key: string; readonly code: string; readonly reason: string };

/** A record as this program uses it, or why it cannot be used. */
export type Read<T> =
  { readonly ok: true; readonly seen: T } | { readonly ok: false; readonly unreadable: UnreadableRecord };

/** A claim on a front port of the ordinary proxies. */
export type SeenClaim = {
  readonly port: number;
  readonly project: string;
  /** Its create revision. */
  readonly age: bigint;
  /** ISO 8601, by the clock of the node that made it. */
  readonly claimedAt: string;
};

/** Reads an endpoint's record. */
export function readEndpoint({ key, value, modRevision }: Stored): Read<SeenEndpoint> {
  const at = parseEndpointKey(key);
  if (!at || !hasNames(at)) {
    return unreadable(key, { code: "key-not-valid", reason: "the key is not that of an endpoint" });
  }
  const decoded = decode(endpointRecordSchema, value);
  if (!decoded.ok) return unreadable(key, decoded);
  const { state, addresses, listen, settings, container } = decoded.record;
  const service = serviceIdOf(key);
  const seen = { key, at, service, state, addresses, listen, container: shown(container.name), modRevision };
  const { SHARE: share } = settings;
  return { ok: true, seen: share === undefined ? seen : { ...seen, share } };
}

/** Keys are as much a stranger's text as records. */
function hasNames({ project, service, node, container12 }: EndpointKey): boolean {
  return [project, service, node, container12].every((name) => name.length <= longestName);
}

/** Reads a node's record. */
export function readNode({ key, value, modRevision }: Stored): Read<SeenNode> {
  const node = parseNodeKey(key);
  if (node === undefined || node.length > longestName)
    return unreadable(key, { code: "key-not-valid", reason: "the key is not that of a node" });
  const decoded = decode(nodeRecordSchema, value);
  if (!decoded.ok) return unreadable(key, decoded);
  const { address, engineId, bootId, netns = "", session, synced } = decoded.record;
  return { ok: true, seen: { node, address, engineId, bootId, netns, session, synced, modRevision } };
}

/** Reads a claim on a front port of the ordinary proxies: its create revision is its age. */
export function readClaim({ key, value, createRevision }: Stored): Read<SeenClaim> {
  const claim = parseClaimKey(key);
  if (!claim || claim.balancer !== ordinaryProxies || claim.name !== undefined || claim.project.length > longestName)
    return unreadable(key, { code: "key-not-valid", reason: "the key is not that of a claim on a front port" });
  const decoded = decode(claimRecordSchema, value);
  if (!decoded.ok) return unreadable(key, decoded);
  const { port, project } = claim;
  return { ok: true, seen: { port, project, age: createRevision, claimedAt: decoded.record.claimedAt } };
}

/** The key of a project's claim on a front port of the ordinary proxies. */
export function portClaimKey(project: string, port: number): string {
  return claimKey({ balancer: ordinaryProxies, project, service: undefined, port, name: undefined });
}

/** What is told of a record that cannot be used. */
export function unreadable(key: string, { code, reason }: { code: string; reason: string }): Read<never> {
  return { ok: false, unreadable: { key, code, reason } };
}
