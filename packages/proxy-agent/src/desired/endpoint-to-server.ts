import {
  isSameIp,
  nameOfFront,
  plainIp,
  portOfFront,
  serverLineOf,
  type Front,
  type HealthCheck,
  type ServerLine,
  withServerDefaults,
} from "@fairway/contract";
import type { SeenEndpoint } from "../registry/seen.ts";
import { ownMaxconn, ownWeight, type Server } from "@fairway/haproxy";
import type { Arranged } from "./arrangement.ts";
import type { EndpointRejection } from "./desired.ts";
import type { ListenerFacts } from "./desired.ts";
import type { Place } from "./nearness.ts";
import { reach, type Reach } from "./reach.ts";
import type { Admission } from "./port-owner.ts";
import { refusePort } from "./listen-ports.ts";
import { serverName } from "./server-name.ts";
import { certificateProblemsAt, isGreetedAt, opensAt, whyDiffers } from "./tls-asked.ts";
import { opensTls } from "./tls-words.ts";

/** What a server's line is made of beside the endpoint. */
export type ServerFacts = Pick<Server, "ip" | "port" | "id" | "options" | "plain" | "slowStartMs" | "drainTimeoutMs">;

/**
 * The `server` line of an endpoint. Undefined while it starts: it takes no traffic yet. With the name of a check by role it
 * starts down, and is another server than with that of another one.
 */
export function serverOf(endpoint: SeenEndpoint, facts: ServerFacts, roleCheck?: string): Server | undefined {
  if (endpoint.state === "starting") return undefined;
  const admin = endpoint.state === "ready" ? "ready" : "drain";
  const name = serverName(endpoint, facts, roleCheck);
  const down = roleCheck === undefined ? {} : { startsDown: true };
  const server = { name, ...facts, ...down, admin, endpoint: endpoint.key } as const;
  return endpoint.addresses.length > 1 ? { ...server, elsewhere: endpoint.addresses.map(addressOf) } : server;
}

/** True when two are one server, in one state and of one weight; all else that a server has is in its name. */
export function isSameServer(a: Server, b: Server): boolean {
  if (a.name !== b.name || a.isLocal !== b.isLocal) return false;
  return a.admin === b.admin && a.elsewhere?.join() === b.elsewhere?.join() && hasSameSettings(a, b);
}

/** True when two that are one server have the same of what HAProxy, or the agent alone, changes as they run. */
export function hasSameSettings(a: ServerSettingsNow, b: ServerSettingsNow): boolean {
  if (a.slowStartMs !== b.slowStartMs || a.drainTimeoutMs !== b.drainTimeoutMs) return false;
  return ownWeight(a.options) === ownWeight(b.options) && ownMaxconn(a.options) === ownMaxconn(b.options);
}

type ServerSettingsNow = Pick<Server, "options" | "slowStartMs" | "drainTimeoutMs">;

/** An address as one text. */
export function addressOf({ ip, port }: Pick<Server, "ip" | "port">): string {
  return `${ip} ${port}`;
}

/** What one endpoint comes to on one front port. */
export type DecidedEndpoint = {
  /** True when it can be served there, even if it takes no traffic yet. */
  readonly isServable: boolean;
  /** Undefined while it starts, and when it cannot be served. */
  readonly server: Server | undefined;
  /** The server's address as one text, for telling which share it. */
  readonly address: string;
  /** Whether it asks for TLS; undefined: it could not be served with or without. */
  readonly ssl: boolean | undefined;
  /** Of its server, by itself; undefined: it has none, or it is a backup. */
  readonly weight: number | undefined;
  readonly rejections: readonly EndpointRejection[];
};

/** An endpoint, and under which address other nodes reach its node. */
export type PlacedEndpoint = { readonly endpoint: SeenEndpoint; readonly nodeAddress: string | undefined };

/** A front port that an endpoint asks for, and how it stands there. */
export type AskedPort = {
  /** The port, or a name on it. */
  readonly front: Front;
  /** Whether its project may use it. */
  readonly admission: Admission;
  /** Undefined: nobody has asked for TLS or plain there so far. */
  readonly isTls: boolean | undefined;
  readonly arranged: Arranged;
};

/** Decides whether and as which server an endpoint stands behind a front port; depends on nothing but the arguments. */
export function decideEndpoint(placed: PlacedEndpoint, asked: AskedPort, facts: ListenerFacts): DecidedEndpoint {
  const { endpoint } = placed;
  const { front, admission, isTls } = asked;
  const port = portOfFront(front);
  const refusal = refusePort(port, facts.ports);
  if (refusal) return refused(endpoint, refusal.code, refusal.reason);
  if (admission.is === "refused") return refused(endpoint, admission.code, admission.reason);
  if (admission.is === "awaited") return nothing;
  const decided = decideServer(placed, asked, facts);
  if (!decided.isServable) return decided;
  const ssl = opensAt(front, endpoint);
  if (isTls !== undefined && ssl !== isTls)
    return { ...refused(endpoint, "tls-differs", whyDiffers(front, isTls)), ssl };
  const problems = ssl ? certificateProblemsAt(port, endpoint) : [];
  const isOpened = nameOfFront(front) === undefined ? opensTls(endpoint, facts.tls) : facts.tls.ok;
  if (ssl && !isOpened) {
    const reason = [...problems, ...(facts.tls.ok ? [] : [facts.tls.reason])].join("; ");
    return { ...refused(endpoint, "no-certificate", `port ${port}/ssl: ${reason}`), ssl };
  }
  if (facts.hasLua === false && isGreetedAt(front, endpoint))
    return { ...refused(endpoint, "no-lua", `port ${port}/postgres: ${whyNoLua}`), ssl };
  const hints = problems.map((problem) => hintSetting(endpoint, problem));
  return { ...decided, ssl, rejections: [...decided.rejections, ...hints] };
}

const whyNoLua =
  "this proxy's HAProxy was built without Lua, by which it answers clients of PostgreSQL: use one that has it, as Debian's does, or /ssl for clients with sslnegotiation=direct";

const nothing: DecidedEndpoint = {
  isServable: false,
  server: undefined,
  address: "",
  ssl: undefined,
  weight: undefined,
  rejections: [],
};

function decideServer(
  { endpoint, nodeAddress }: PlacedEndpoint,
  asked: AskedPort,
  facts: ListenerFacts,
): DecidedEndpoint {
  const { front, arranged } = asked;
  const reached = reach(endpoint, facts.vantage, { nodeAddress, here: facts.here });
  if (!reached.ok) return refused(endpoint, reached.code, reached.reason);
  const isLocal = isListenedAt(reached.ip, endpoint, { ...facts, via: reached.via });
  if (isLocal && reached.port === portOfFront(front)) {
    return refused(endpoint, "loop", `${reached.ip}:${reached.port} is this proxy's own listener`);
  }
  const checked = { reached, check: arranged.check };
  const { words: own, problems, refusal, ...times } = lineOf(endpoint, checked, facts);
  if (refusal) return refused(endpoint, refusal.code, refusal.reason);
  const words = inListener(arranged, own);
  const { options: plain } = inListener(arranged, plainWords(endpoint, checked, facts));
  const labelled = plain.join(" ") === words.options.join(" ") ? {} : { plain };
  const roleCheck = arranged.check?.role === undefined ? undefined : arranged.check.name;
  const server = serverOf(endpoint, { ip: reached.ip, port: reached.port, ...words, ...times, ...labelled }, roleCheck);
  const marked = server && isLocal ? { ...server, isLocal } : server;
  const rejections = problems.map((problem) => hintSetting(endpoint, problem));
  const weight = marked && !own.includes("backup") ? ownWeight(own) : undefined;
  return { isServable: true, server: marked, address: addressOf(reached), ssl: undefined, weight, rejections };
}

type ReachedBy = Extract<Reach, { ok: true }>;

/** What stands on its line without its labels. */
function plainWords(endpoint: SeenEndpoint, checked: Checked, facts: ListenerFacts): readonly string[] {
  if (Object.keys(facts.defaults ?? {}).length === 0) return [...facts.checkOptions, ...facts.serverOptions];
  return lineOf({ ...endpoint, settings: {} }, checked, facts).words;
}

/** How an endpoint is reached, and how its listener has it checked. */
type Checked = { readonly reached: ReachedBy; readonly check: HealthCheck | undefined };

function lineOf(
  { at, settings: own = {} }: SeenEndpoint,
  { reached: by, check: listenerCheck }: Checked,
  facts: ListenerFacts,
): ServerLine {
  const { checkOptions: check, serverOptions: route, trust, authorities, defaults = {} } = facts;
  const settings = withServerDefaults(own, defaults, trust);
  const reached = { port: at.port, isPublished: by.via === "node", checkPorts: by.checkPorts };
  const tls = { service: at.service, authorities };
  return serverLineOf(settings, { check, route, trust, reached, listenerCheck, tls });
}

/** Of so many places each server has in a hash that each gets about its share; at weight 1 it has 16. */
const hashWeight = 16;

/** A server's id and words; where a hash of the client chooses it, with a weight that is enough for that. */
function inListener({ id, place }: Arranged, options: readonly string[]): Pick<ServerFacts, "id" | "options"> {
  if (place) return { options: [...options, ...placeWords(place, options)] };
  if (id === undefined) return { options };
  return { id, options: options.includes("weight") ? options : [...options, "weight", String(hashWeight)] };
}

/** One that refuses connections is down before its check says so: backups serve once all others are. */
const observeWords = ["observe", "layer4", "error-limit", "1", "on-error", "mark-down"];

function placeWords({ weight, isSpare }: Place, options: readonly string[]): readonly string[] {
  return [
    ...(options.includes("check") && !options.includes("observe") ? observeWords : []),
    ...(isSpare ? ["backup"] : []),
    ...(weight === undefined || weight === ownWeight(options) ? [] : ["weight", String(weight)]),
  ];
}

function refused({ key, container }: SeenEndpoint, code: string, reason: string): DecidedEndpoint {
  return { ...nothing, rejections: [{ code, key, reason: `${container}: ${reason}` }] };
}

/** Registrars write no such setting: the record is another's, or of another version. */
function hintSetting({ key, container }: SeenEndpoint, problem: string): EndpointRejection {
  return { code: "setting-not-valid", severity: "hint", key, reason: `${container}: ${problem}` };
}

type Target = ListenerFacts & { readonly via: "network" | "node" };

/** True for an address that the proxy's listeners are bound to: one of its machine, or of its node's published ports. */
function isListenedAt(ip: string, { at }: SeenEndpoint, { vantage, addresses, here, via }: Target): boolean {
  const isNodes = vantage.kind === "node" && at.node === vantage.node && via === "node";
  const plain = plainIp(ip);
  if (!isNodes && !here.addresses.has(plain)) return false;
  return addresses.includes(plain.includes(":") ? "::" : "0.0.0.0") || addresses.some((each) => isSameIp(each, plain));
}
