import {
  addressSchema,
  claimRecordSchema,
  decode,
  endpointRecordSchema,
  type EndpointKey,
  type EndpointRecord,
  endpointStates,
  listenerSettingsOf,
  isServerName,
  longestName,
  type NamedPort,
  nodeRecordSchema,
  nodesPrefix,
  ordinaryProxies,
  parseClaimKey,
  parseEndpointKey,
  parseNodeKey,
  portSettingsOf,
  serverSettingsOf,
  serviceIdOf,
  settingNames,
  shown,
  withoutKeys,
  withServedCertificates,
  type TakeCertificate,
} from "@fairway/contract";
import type { SeenWrite, Stored } from "@fairway/registry";
import { z } from "zod";
import type { Holder } from "./holder.ts";

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
  /** An operator drains it. */
  drained: z.literal(true).optional(),
  addresses: z.array(addressSchema),
  listen: z.array(z.object({ port: z.int(), ssl: z.boolean() })),
  /** The names that it has on front ports which services share by name. */
  named: z.array(z.object({ port: z.int(), as: z.enum(["ssl", "sni", "postgres"]), name: z.string() })).optional(),
  /** Its label SHARE. */
  share: z.string().optional(),
  /** Labels that are settings of its server and its listeners, as its record has them; of certificates the id alone. */
  settings: z.record(z.string(), z.string()).optional(),
  /** Why certificates of its labels are not used, by the labels' names. */
  certificateProblems: z.record(z.string(), z.string()).optional(),
  /** When its container was made, ISO 8601. */
  createdAt: z.string().default(""),
  /** Names of those of its settings that are an operator's, not its labels'. */
  byOperator: z.array(z.string()).optional(),
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
  /** Empty: not told. */
  zone: z.string().default(""),
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

/** A claim on a front port of these proxies. */
export type SeenClaim = Holder & {
  readonly port: number;
  /** One of several names on that port; absent: the port itself. */
  readonly name?: string;
  /** Its create revision. */
  readonly age: bigint;
  /** ISO 8601, by the clock of the node that made it. */
  readonly claimedAt: string;
};

/** An endpoint's record for all proxies: its key and its value, read. */
export type EndpointInRegistry = {
  readonly key: string;
  readonly at: EndpointKey;
  readonly record: EndpointRecord;
  readonly modRevision: bigint;
};

/** Reads an endpoint's record as a proxy takes it, see {@link endpointFor}. */
export function readEndpoint(stored: Stored, balancer = ordinaryProxies, take?: TakeCertificate): Read<SeenEndpoint> {
  const read = decodeEndpoint(stored);
  return read.ok ? { ok: true, seen: endpointFor(balancer, read.seen, take) } : read;
}

/** Reads an endpoint's key and record. */
export function decodeEndpoint({ key, value, modRevision }: Stored): Read<EndpointInRegistry> {
  const at = parseEndpointKey(key);
  if (!at || !hasNames(at)) {
    return unreadable(key, { code: "key-not-valid", reason: "the key is not that of an endpoint" });
  }
  const decoded = decode(endpointRecordSchema, value);
  if (!decoded.ok) return unreadable(key, decoded);
  return { ok: true, seen: { key, at, record: decoded.record, modRevision } };
}

/**
 * An endpoint as a proxy takes it. For a load balancer its front ports are those claimed there, and the way to it is that
 * from another machine: a published port. `take`: who keeps the certificates of its labels; no key is in what it answers.
 */
export function endpointFor(
  balancer: string,
  { key, at, record, modRevision }: EndpointInRegistry,
  take?: TakeCertificate,
): SeenEndpoint {
  const { state, container } = record;
  const service = serviceIdOf(key);
  const asked = askedOf(record, balancer);
  const { settings, certificateProblems } = withoutKeys(withServedCertificates(record.settings, asked.listen), take);
  const drained = record.drained === true && ({ drained: true } as const);
  const seen = { key, at, service, state, ...drained, ...asked, container: shown(container.name), modRevision };
  const share = balancer === ordinaryProxies ? settings["SHARE"] : undefined;
  const own = {
    ...serverSettingsOf(settings),
    ...listenerSettingsOf(settings),
    ...portSettingsOf(settings, settingNames),
  };
  const given = Object.keys(own).length > 0 && { settings: own };
  const problems = certificateProblems && { certificateProblems };
  return { ...seen, createdAt: container.createdAt, ...(share !== undefined && { share }), ...given, ...problems };
}

function askedOf(
  { listen, named, claims, addresses }: EndpointRecord,
  balancer: string,
): Pick<SeenEndpoint, "listen" | "named" | "addresses"> {
  if (balancer === ordinaryProxies) return { listen, ...(named?.length && { named: eachName(named) }), addresses };
  const ports = new Set(claims.filter((claim) => claim.balancer === balancer).map(({ port }) => port));
  return {
    listen: [...ports].map((port) => ({ port, ssl: false })),
    addresses: addresses.filter(({ via }) => via === "node"),
  };
}

function eachName(named: readonly NamedPort[]): NonNullable<SeenEndpoint["named"]> {
  return named.flatMap(({ port, as, names }) => names.map((name) => ({ port, as, name })));
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
  const { address, zone, engineId, bootId, netns = "", session, synced } = decoded.record;
  return { ok: true, seen: { node, address, zone, engineId, bootId, netns, session, synced, modRevision } };
}

/** Reads a claim on a front port of a load balancer, or of the ordinary proxies: its create revision is its age. */
export function readClaim({ key, value, createRevision }: Stored, balancer = ordinaryProxies): Read<SeenClaim> {
  const claim = parseClaimKey(key);
  const isOurs = claim?.balancer === balancer && (claim.name === undefined || isNameHere(claim.name, balancer));
  if (!isOurs || claim.project.length > longestName || (claim.service?.length ?? 0) > longestName)
    return unreadable(key, { code: "key-not-valid", reason: "the key is not that of a claim on a front port" });
  const decoded = decode(claimRecordSchema, value);
  if (!decoded.ok) return unreadable(key, decoded);
  const { port, name, project, service } = claim;
  const holder = { ...(name !== undefined && { name }), project, ...(service !== undefined && { service }) };
  return { ok: true, seen: { port, ...holder, age: createRevision, claimedAt: decoded.record.claimedAt } };
}

/** The ordinary proxies alone have names on their ports. */
function isNameHere(name: string, balancer: string): boolean {
  return balancer === ordinaryProxies && isServerName(name);
}

/** What is told of a record that cannot be used. */
export function unreadable(key: string, { code, reason }: { code: string; reason: string }): Read<never> {
  return { ok: false, unreadable: { key, code, reason } };
}

/** The readable records of nodes among these. */
export function nodesIn(stored: readonly Stored[]): readonly SeenNode[] {
  const read = stored.filter(({ key }) => key.startsWith(nodesPrefix)).map(readNode);
  return read.flatMap((each) => (each.ok ? [each.seen] : []));
}

/** What is told of a record from before the registry went back. */
export function recordOfThePast(key: string): UnreadableRecord {
  const reason = "the registry went back to an earlier state, and the record's node has not written since";
  return { key, code: "record-of-the-past", reason };
}

/** The write with the highest revision; undefined: there is none since the registry last went back. */
export function newestOf(writes: readonly SeenWrite[]): SeenWrite | undefined {
  let newest: SeenWrite | undefined;
  for (const each of writes) if (each.modRevision > (newest?.modRevision ?? 0n)) newest = each;
  return newest && { key: newest.key, modRevision: newest.modRevision };
}
