import {
  certificateId,
  cutName,
  cutSentence,
  decode,
  endpointsPrefix,
  type LabelCertificate,
  nodeRecordSchema,
  nobodys,
  nodesPrefix,
  parseEndpointKey,
  parseKey,
  parseNodeKey,
  parseSettingsKey,
  proxiesPrefix,
  proxyRecordSchema,
  rejectionsPrefix,
  rejectionsRecordSchema,
  serviceSettingsSchema,
  settingsPrefix,
  shown,
  type Whose,
  withoutKeys,
} from "@fairway/contract";
import type { Stored } from "@fairway/registry";
import { decodeEndpoint } from "../registry/seen.ts";

/** A record as a journal keeps it: read and checked, without keys of certificates and without what says nothing of its state. */
export type KeptRecord = {
  readonly key: string;
  readonly record: Readonly<Record<string, unknown>>;
  readonly whose: Whose;
  /** When its registrar reported it, ms since 1970; undefined: it does not say. */
  readonly reportedMs?: number | undefined;
  /** What of it may change, each as a text. */
  readonly facets: Facets;
};

/** What of a record may change, by what people call it. */
export type Facets = Readonly<Record<string, string>>;

/** Characters of the value of a setting that is kept: strangers choose it, and one may be as long as a certificate. */
const longestSetting = 2048;

/** Reads a record that journals tell of; undefined: it is no such record, or it cannot be used. */
export function readRecord(stored: Stored): KeptRecord | undefined {
  const prefix = Object.keys(readers).find((each) => stored.key.startsWith(each));
  return prefix === undefined ? undefined : readers[prefix]?.(stored);
}

/** True for keys of records that journals tell of. */
export function isKept(key: string): boolean {
  return Object.keys(readers).some((prefix) => key.startsWith(prefix));
}

/** Whose a record, or something that is refused under a key, is by the key alone; names as long as an entry may have them. */
export function whoseIs(key: string): Whose {
  return cutNames(namesIn(key));
}

function cutNames(whose: Whose): Whose {
  const cut = (name: string | null) => (name === null ? null : cutName(name));
  const { project, service, node, container } = whose;
  return { ...whose, project: cut(project), service: cut(service), node: cut(node), container: cut(container) };
}

function namesIn(key: string): Whose {
  const endpoint = parseEndpointKey(key);
  if (endpoint) {
    const { project, service, node, container12 } = endpoint;
    return { project, service, node, container: container12, containerName: null };
  }
  const [node = null, container = null] = parseKey(rejectionsPrefix, key);
  if (node !== null) return { ...nobodys, node, container };
  const [project, service] = parseKey(endpointsPrefix, key);
  if (project && service) return { ...nobodys, project, service };
  return { ...nobodys, ...parseSettingsKey(key), node: parseNodeKey(key) ?? parseKey(proxiesPrefix, key)[0] ?? null };
}

type Reader = (stored: Stored) => KeptRecord | undefined;

const readers: Readonly<Record<string, Reader>> = {
  [endpointsPrefix]: readEndpointRecord,
  [nodesPrefix]: (stored) => {
    const decoded = decode(nodeRecordSchema, stored.value);
    if (!decoded.ok) return undefined;
    const { lease: _, ...record } = decoded.record;
    const { address, zone, engineId, bootId, synced, version } = record;
    const facets = { step: synced ? "in step" : "not in step", address, zone, version, machine: engineId + bootId };
    return { ...ofKey(stored), record, facets };
  },
  [settingsPrefix]: (stored) => {
    const decoded = decode(serviceSettingsSchema, stored.value);
    if (!decoded.ok) return undefined;
    return { ...ofKey(stored), record: decoded.record, facets: decoded.record.settings };
  },
  [rejectionsPrefix]: readRejections,
  [proxiesPrefix]: (stored) => {
    const decoded = decode(proxyRecordSchema, stored.value);
    if (!decoded.ok) return undefined;
    const { version, scope, vantage, balancer = "", haproxy, api } = decoded.record;
    const texts = { scope: scope.join(), vantage: JSON.stringify(vantage), api: JSON.stringify(api) ?? "" };
    const facets = { version, "HAProxy's version": haproxy.version, "load balancer's name": balancer, ...texts };
    return { ...ofKey(stored), record: decoded.record, facets };
  },
};

function ofKey({ key }: Stored): Pick<KeptRecord, "key" | "whose"> {
  return { key, whose: whoseIs(key) };
}

function readEndpointRecord(stored: Stored): KeptRecord | undefined {
  const read = decodeEndpoint(stored);
  if (!read.ok) return undefined;
  const { reportedAt, settings: given, ...rest } = read.seen.record;
  const settings = bounded(withoutKeys(given, takeId).settings);
  const { state, drained, addresses, listen, named, claims, container } = rest;
  const facets = {
    state: drained === true ? `${state}, drained by an operator` : state,
    addresses: JSON.stringify(addresses),
    ports: JSON.stringify([listen, named, claims]),
    settings: JSON.stringify(settings),
    run: `${container.id} ${container.startedAt ?? ""}`,
    name: container.name,
  };
  const reportedMs = Date.parse(reportedAt);
  const whose = { ...whoseIs(stored.key), containerName: shown(container.name) };
  const times = Number.isNaN(reportedMs) ? {} : { reportedMs };
  return { key: stored.key, whose, record: { ...rest, settings }, facets, ...times };
}

/** One that a journal has already has its id in place of its text. */
function takeId(text: string): LabelCertificate {
  return { ok: true, id: /^[0-9a-f]{64}$/.test(text) ? text : certificateId(text) };
}

function bounded(settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(settings).filter(([, text]) => text.length <= longestSetting));
}

function readRejections(stored: Stored): KeptRecord | undefined {
  const decoded = decode(rejectionsRecordSchema, stored.value);
  if (!decoded.ok) return undefined;
  const { project, service, container, rejections } = decoded.record;
  const containerName = cutSentence(shown(container.name));
  const whose = cutNames({ ...namesIn(stored.key), project, service, containerName });
  // One label may be refused several times, for other reasons.
  const facets = Object.fromEntries(rejections.map(({ code, reason }) => [`${code}: ${reason}`, code]));
  return { key: stored.key, whose, record: decoded.record, facets };
}

/** When a record's place in the registry has this value again, what `explain` needs is as it was. */
export function storedOf(key: string, record: KeptRecord["record"], time: string): { key: string; value: string } {
  const value = key.startsWith(endpointsPrefix) ? { ...record, reportedAt: time } : record;
  return { key, value: JSON.stringify(key.startsWith(nodesPrefix) ? { ...value, lease: "" } : value) };
}
