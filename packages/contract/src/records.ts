import { z } from "zod";
import {
  listSchema,
  mostAddresses,
  mostHostPorts,
  mostNames,
  mostPorts,
  mostRejections,
  nameSchema,
  sentenceSchema,
  wordSchema,
} from "./bounds.ts";
import { isBalancerName } from "./keys.ts";
import { isUnspecified } from "./ip.ts";
import { isServerName } from "./server-name.ts";
import { rejectionSchema } from "./rejection.ts";

/**
 * Values of the registry: JSON, versioned by `v`. Unknown fields are ignored.
 * Revisions and leases are strings: they are 64 bits wide.
 */
const version = z.literal(1);
const port = z.int().min(1).max(65535);
const balancerSchema = nameSchema.refine(isBalancerName, "must name a load balancer");
const ip = z.union([z.ipv4(), z.ipv6()]).refine((text) => !isUnspecified(text), "must be the address of a host");

const networkAddressSchema = z.object({
  via: z.literal("network"),
  networkId: nameSchema,
  network: nameSchema,
  /** Docker's network scope: `local` (this node alone) or `swarm` (any node). */
  scope: wordSchema,
  /**
   * Docker's network driver (`bridge`, `overlay`, `macvlan`, …): the host reaches only bridges.
   * Absent in records of other writers: taken for `bridge` when the scope is local.
   */
  driver: nameSchema.optional(),
  /** False: not even the node itself reaches it, as its engine is rootless. */
  fromHost: z.boolean().optional(),
  ip,
  port,
});

const nodeAddressSchema = z.object({
  via: z.literal("node"),
  ip,
  port,
  /** Where ports that health checks ask for are published beside this one: container port to port of the node. */
  checkPorts: z.record(nameSchema, port).optional(),
});

export const addressSchema = z.discriminatedUnion("via", [networkAddressSchema, nodeAddressSchema]);

/** One way to reach an endpoint: inside a Docker network, or at its node. */
export type Address = Readonly<z.infer<typeof addressSchema>>;
export type NetworkAddress = Readonly<z.infer<typeof networkAddressSchema>>;
export type NodeAddress = Readonly<z.infer<typeof nodeAddressSchema>>;

const containerSchema = z.object({
  /** 64 hex digits. */
  id: wordSchema,
  name: nameSchema,
  image: nameSchema,
  /** ISO 8601. */
  createdAt: wordSchema,
  /** When its present run began, ISO 8601 by the engine's clock. Absent in records of older registrars. */
  startedAt: wordSchema.optional(),
});

export const endpointStates = ["starting", "ready", "unhealthy", "draining"] as const;

/**
 * A front port of the proxies that services share by name. `ssl`: TLS is opened there; `sni`: it is passed through unopened,
 * and the name is read on the way; `postgres`: opened there, once a client of PostgreSQL has asked whether it may be.
 */
const namedPortSchema = z.object({
  port,
  as: z.enum(["ssl", "sni", "postgres"]),
  names: listSchema(nameSchema.refine(isServerName, "must be a name for TLS"), mostNames),
});

/** `endpoints/<project>/<service>/<container port>/<node>/<container12>` */
export const endpointRecordSchema = z.object({
  v: version,
  state: z.enum(endpointStates),
  /** An operator drains it: it takes no new connections, whatever its container does. Not where that is told to stop. */
  drained: z.boolean().optional(),
  addresses: listSchema(addressSchema, mostAddresses),
  /** Front ports of the proxies; empty: the endpoint serves claims alone. */
  listen: listSchema(z.object({ port, ssl: z.boolean() }), mostPorts),
  /** Front ports of the proxies with names on them. Earlier versions do not know them: there is no such port in `listen`. */
  named: listSchema(namedPortSchema, mostPorts).optional(),
  /** Front ports of load balancers. */
  claims: listSchema(z.object({ balancer: balancerSchema, port, scheme: wordSchema }), mostPorts).default([]),
  /** Accepted labels: canonical name to accepted text. Records may be forged: whoever uses one reads it again. */
  settings: z.record(nameSchema, z.string()).default({}),
  container: containerSchema,
  /** ISO 8601, the node's clock. */
  reportedAt: wordSchema,
});

/** `nodes/<node>` */
export const nodeRecordSchema = z.object({
  v: version,
  address: wordSchema,
  zone: nameSchema,
  version: wordSchema,
  /** Docker's engine id. */
  engineId: nameSchema,
  /** The kernel's boot id. */
  bootId: wordSchema,
  /** The number of its registrar's network namespace: an agent in it is on this node. Earlier versions say none. */
  netns: wordSchema.optional(),
  /** The registrar's lease, hexadecimal as etcdctl prints it. */
  lease: wordSchema,
  /** One UUID for each session of the registrar with the registry. */
  session: wordSchema,
  /** True when every container of the node stands in the registry under `lease`. */
  synced: z.boolean(),
});

/** The value of a claim, whose age is its create revision: `claims/<balancer>/…` */
export const claimRecordSchema = z.object({
  v: version,
  /** ISO 8601, the node's clock. */
  claimedAt: wordSchema,
  /** The node whose registrar put it. */
  by: nameSchema,
});

/** `rejections/<node>/<container12>` */
export const rejectionsRecordSchema = z.object({
  v: version,
  project: sentenceSchema,
  service: sentenceSchema,
  container: containerSchema
    .omit({ createdAt: true, startedAt: true })
    .extend({ name: sentenceSchema, image: sentenceSchema }),
  rejections: listSchema(rejectionSchema, mostRejections),
});

/** An address of a node's machine; `0.0.0.0`: every one of it, IPv6 too, as Docker publishes there. */
export const hostPortSchema = z.object({ ip: z.union([z.ipv4(), z.ipv6()]), port });

/** `hostports/<node>/<container12>`: the ports of the machine that a container takes whenever it runs. */
export const hostPortsRecordSchema = z.object({ v: version, ports: listSchema(hostPortSchema, mostHostPorts) });

/** `settings/<project>/<service>`: what an operator sets, by the names of labels without their prefix. */
export const serviceSettingsSchema = z.object({ v: version, settings: z.record(nameSchema, sentenceSchema) });

/** `drains/<node>/<container12 or *>`: it is the key that counts. */
export const drainRecordSchema = z.object({
  v: version,
  /** ISO 8601, the clock of who drained it. */
  drainedAt: wordSchema,
});

/** `waits/<id>`: proxies that have applied this revision, or the key's own where that is older, tell so at once. */
export const waitRecordSchema = z.object({ v: version, revision: z.string().regex(/^[1-9][0-9]{0,18}$/) });

/** `rollouts/<node>/<project>/<service>`: a process and its machine, as a sentence has them; since when by their clock. */
export const rolloutRecordSchema = z.object({ v: version, by: wordSchema, begunAt: wordSchema });

/** A Docker network that a proxy is on. */
export const networkSchema = z.object({ id: z.string(), name: z.string(), scope: z.string() });

const portRangeSchema = z.object({ first: port, last: port });

/** Items of each list in what a proxy's record tells of its settings: with more it tells none. */
export const mostRules = 64;

/** What of a proxy's settings decides which labels it serves, and how. */
export const proxyRulesSchema = z.object({
  /** The proxy's own project; null: it has none by name. */
  project: nameSchema.nullable(),
  /** LISTEN_PORTS. */
  listenPorts: listSchema(portRangeSchema, mostRules),
  /** Ports that the proxy itself needs: whose each is, as a sentence ends. */
  reserved: listSchema(z.object({ port, whose: sentenceSchema }), mostRules),
  /** PORT_OWNERS. */
  portOwners: listSchema(z.object({ project: nameSchema, ports: portRangeSchema }), mostRules),
  /** NAME_OWNERS. Earlier versions have none. */
  nameOwners: listSchema(z.object({ project: nameSchema, name: nameSchema }), mostRules).optional(),
  /** SHARED_PORTS. */
  sharedPorts: listSchema(portRangeSchema, mostRules),
  /** Where its listeners are bound. */
  addresses: listSchema(wordSchema, mostRules),
  balance: wordSchema,
  /** TRUSTED_LABELS. */
  trust: z.enum(["listed", "all"]).optional(),
  /** Why it opens no TLS listener, and why it verifies no server's certificate; null: it does. */
  noTls: sentenceSchema.nullable(),
  noAuthority: sentenceSchema.nullable(),
  /** True: labels bring certificates. */
  hasLabelTls: z.boolean().default(false),
  tunnelTimeout: wordSchema,
  /** FAILOVER_WAIT, and MAXCONN of each listener; 0 in records of earlier versions, which do not tell them. */
  failoverWaitMs: z.int().min(0).default(0),
  maxconn: z.int().min(0).default(0),
  /** What holds of services that say nothing, by the names of labels. */
  defaults: z.record(nameSchema, sentenceSchema).default({}),
});

/** `proxies/<node>/<proxy>`: counts, not lists. */
export const proxyRecordSchema = z.object({
  v: version,
  version: z.string(),
  /** The subscribed prefixes. */
  scope: z.array(z.string()),
  /** LB_NAME of a load balancer. */
  balancer: z.string().optional(),
  vantage: z.object({
    node: z.string(),
    kind: z.enum(["node", "container", "outside"]),
    networks: z.array(networkSchema),
  }),
  appliedRevision: z.string(),
  appliedAt: z.string(),
  listeners: z.int(),
  servers: z.object({ ready: z.int(), drain: z.int(), maint: z.int(), orphaned: z.int() }),
  rejections: z.object({
    count: z.int(),
    /** How many there are of each code. */
    codes: z.record(z.string(), z.int()).optional(),
    first: z.array(z.object({ code: z.string(), key: z.string(), reason: sentenceSchema })),
  }),
  haproxy: z.object({ version: z.string(), pid: z.int() }),
  lastError: z.string().nullable(),
  /** Where its agent answers other machines, by TLS: API_LISTEN. */
  api: z.object({ ip, port }).optional(),
  /** Absent where they are too many, and in records of earlier versions. */
  rules: proxyRulesSchema.optional(),
  /** Of the certificates that it serves, the one that ends first, ISO 8601; absent: it serves none. */
  firstCertificateEnd: z.object({ name: sentenceSchema, at: wordSchema }).optional(),
});

export type NamedPort = Readonly<z.infer<typeof namedPortSchema>>;
export type EndpointState = (typeof endpointStates)[number];
export type EndpointRecord = Readonly<z.infer<typeof endpointRecordSchema>>;
export type NodeRecord = Readonly<z.infer<typeof nodeRecordSchema>>;
export type ClaimRecord = Readonly<z.infer<typeof claimRecordSchema>>;
export type RejectionsRecord = Readonly<z.infer<typeof rejectionsRecordSchema>>;
export type HostPort = Readonly<z.infer<typeof hostPortSchema>>;
export type HostPortsRecord = Readonly<z.infer<typeof hostPortsRecordSchema>>;
export type ProxyRecord = Readonly<z.infer<typeof proxyRecordSchema>>;
export type ProxyRules = Readonly<z.infer<typeof proxyRulesSchema>>;
