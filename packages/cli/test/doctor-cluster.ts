import type { EngineFacts, MemberFigures, Gathered } from "../src/doctor/gathered.ts";
import { rulesOf } from "@fairway/proxy-agent";
import { facts } from "../../proxy-agent/test/facts.ts";
import { nodeRecord, proxyRecord } from "../../proxy-agent/test/given.ts";

export const nowMs = Date.parse("2026-11-29T12:00:00.000Z");
export const at = (ms: number) => new Date(nowMs + ms).toISOString();
export const dayMs = 86_400_000;

const { v: _n, ...nodeFacts } = nodeRecord();
const { v: _p, ...proxyFacts } = proxyRecord({ appliedAt: at(-1000) });
export const node = { name: "node-1", ...nodeFacts, endpoints: 1, drained: false };
const told = rulesOf(facts);
if (told === undefined) throw new Error("they are too many");
export const rules = { ...told, listenPorts: [{ first: 1000, last: 2000 }] };
export const proxy = { name: "node-1/proxy", node: "node-1", proxy: "proxy", ...proxyFacts, rules };
const member: MemberFigures = {
  version: "3.5.30",
  hasLeader: true,
  trouble: "",
  quota: 1000,
  size: 100,
  inUse: 90,
  history: 10,
};
const engine: EngineFacts = {
  version: "20.10.24+dfsg1",
  isLiveRestored: true,
  isSwarm: false,
  clockMs: 10,
  settings: { iptables: true, userlandProxy: true },
};

/** A cluster of one node with nothing wrong. */
export const well: Gathered = {
  version: "0.1.0",
  nowMs,
  nodes: [node],
  proxies: [proxy],
  written: [{ node: "node-1", atMs: nowMs - 5000, revision: 3n }],
  etcd: [{ member: "http://e:2379", facts: { ok: true, answer: member } }],
  engine: { ok: true, answer: engine },
  files: [{ proxy: "node-1/proxy", limit: 1000, used: 100 }],
  unasked: [],
  reachedFrom: [],
  certificates: [{ where: "ETCD_CERT_FILE", endsAtMs: nowMs + 90 * dayMs }],
  reached: [{ node: "node-1", address: "198.18.0.11:32768", ok: true, reason: "" }],
};

export function withEtcd(changed: Partial<MemberFigures>): Partial<Gathered> {
  return { etcd: [{ member: "http://e:2379", facts: { ok: true, answer: { ...member, ...changed } } }] };
}

export function withEngine(changed: Partial<EngineFacts>): Partial<Gathered> {
  return { engine: { ok: true, answer: { ...engine, ...changed } } };
}

export function refusing(code: string, reason: string, more: Partial<typeof proxy> = {}): Partial<Gathered> {
  const rejections = { count: 1, codes: { [code]: 1 }, first: [{ code, key: "port_7041", reason }] };
  const beside = { ...proxy, name: "node-1/second", proxy: "second" };
  return { proxies: [{ ...proxy, ...more, rejections }, beside] };
}
