import type { EngineFacts, MemberFigures, Gathered } from "../src/doctor/gathered.ts";
import { rulesOf } from "@fairway/proxy-agent";
import { facts } from "../../proxy-agent/test/facts.ts";
import { nodeRecord, proxyRecord } from "../../proxy-agent/test/given.ts";

const nowMs = Date.parse("2026-11-29T12:00:00.000Z");
const at = (ms: number) => new Date(nowMs + ms).toISOString();
const dayMs = 86_400_000;

const { v: _n, ...nodeFacts } = nodeRecord();
const { v: _p, ...proxyFacts } = proxyRecord({ appliedAt: at(-1000) });
export const node = { name: "node-1", ...nodeFacts, endpoints: 1, drained: false };
const told = rulesOf(facts);
if (told === undefined) throw new Error("they are too many");
const rules = { ...told, listenPorts: [{ first: 1000, last: 2000 }] };
const proxy = { name: "node-1/proxy", node: "node-1", proxy: "proxy", ...proxyFacts, rules };
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
  reachedFrom: [
    { proxy: "node-1/proxy", reached: [{ node: "node-2", address: "198.18.0.12:1", ok: true, reason: "" }] },
  ],
  certificates: [{ where: "ETCD_CERT_FILE", endsAtMs: nowMs + 90 * dayMs }],
  reached: [{ node: "node-1", address: "198.18.0.11:32768", ok: true, reason: "" }],
};

function withEtcd(changed: Partial<MemberFigures>): Partial<Gathered> {
  return { etcd: [{ member: "http://e:2379", facts: { ok: true, answer: { ...member, ...changed } } }] };
}

export function withEngine(changed: Partial<EngineFacts>): Partial<Gathered> {
  return { engine: { ok: true, answer: { ...engine, ...changed } } };
}

function refusing(code: string, reason: string, more: Partial<typeof proxy> = {}): Partial<Gathered> {
  const rejections = { count: 1, codes: { [code]: 1 }, first: [{ code, key: "port_7041", reason }] };
  const beside = { ...proxy, name: "node-1/second", proxy: "second" };
  return { proxies: [{ ...proxy, ...more, rejections }, beside] };
}

const away = { ok: false, reason: "connect ECONNREFUSED" } as const;

/** A check, what is wrong, how that is gathered, and what is said of it. */
export const rows: readonly (readonly [string, string, Partial<Gathered>, string, RegExp])[] = [
  [
    "versions",
    "a program of another version",
    { nodes: [{ ...node, version: "0.0.9" }] },
    "hint",
    /0\.0\.9, and this command is 0\.1\.0: bring/,
  ],
  [
    "versions",
    "an HAProxy that is too old",
    { proxies: [{ ...proxy, haproxy: { version: "2.4.22", pid: 1 } }] },
    "breaks",
    /HAProxy 2\.4\.22: Fairway needs 2\.6/,
  ],
  [
    "programs",
    "a node that is not in step",
    { nodes: [{ ...node, synced: false }] },
    "breaks",
    /not all of its containers/,
  ],
  [
    "programs",
    "a proxy in trouble",
    { proxies: [{ ...proxy, lastError: "HAProxy does not start" }] },
    "breaks",
    /HAProxy does not start/,
  ],
  ["programs", "an empty registry", { nodes: [], proxies: [], reached: [] }, "breaks", /no registrar is connected/],
  [
    "etcd health",
    "a member that does not answer",
    { etcd: [{ member: "http://e:2379", facts: away }] },
    "unasked",
    /ECONNREFUSED/,
  ],
  [
    "etcd health",
    "a full member",
    withEtcd({ trouble: "ALARM NOSPACE" }),
    "breaks",
    /ALARM NOSPACE: compact, defragment/,
  ],
  ["etcd health", "a member without a leader", withEtcd({ hasLeader: false }), "breaks", /no leader/],
  ["etcd version", "an etcd that is too old", withEtcd({ version: "3.3.25" }), "breaks", /needs 3\.4/],
  [
    "etcd quota",
    "a member near its quota",
    withEtcd({ size: 800, inUse: 790 }),
    "breaks",
    /raise --quota-backend-bytes/,
  ],
  [
    "etcd quota",
    "a member near its quota that has room to give back",
    withEtcd({ size: 990, inUse: 10 }),
    "breaks",
    /defrag gives space back/,
  ],
  [
    "etcd compaction",
    "a history that nobody cuts",
    withEtcd({ history: 1_000_000 }),
    "hint",
    /--auto-compaction-retention/,
  ],
  ["engine", "an engine that does not answer", { engine: away }, "unasked", /set DOCKER_HOST/],
  ["engine", "an engine that is too old", withEngine({ version: "19.03.15" }), "breaks", /needs 20\.10/],
  ["engine settings", "live-restore off", withEngine({ isLiveRestored: false }), "hint", /live-restore/],
  [
    "engine settings",
    "no way to published ports",
    withEngine({ settings: { iptables: false, userlandProxy: false } }),
    "breaks",
    /no published port is reached/,
  ],
  [
    "engine settings",
    "iptables off",
    withEngine({ settings: { iptables: false, userlandProxy: true } }),
    "hint",
    /hides who connects/,
  ],
  [
    "engine settings",
    "userland-proxy off",
    withEngine({ settings: { iptables: true, userlandProxy: false } }),
    "hint",
    /join the networks/,
  ],
  ["engine settings", "settings that cannot be read", withEngine({ settings: undefined }), "unasked", /as root/],
  [
    "clocks",
    "a node's clock ahead of this machine's",
    { written: [{ node: "node-2", atMs: nowMs + 9000, revision: 30n }] },
    "hint",
    /9 s or more ahead of this machine's/,
  ],
  [
    "clocks",
    "a node's clock ahead of another's, who applied before what was written then",
    { written: [{ node: "node-2", atMs: nowMs + 1500, revision: 9n }], proxies: [{ ...proxy, appliedAt: at(-2000) }] },
    "hint",
    /4 s or more ahead of that of node-1/,
  ],
  ["clocks", "an engine's clock", withEngine({ clockMs: -5000 }), "hint", /differs by 5 s/],
  [
    "open files",
    "a limit that is nearly reached",
    { files: [{ proxy: "node-1/proxy", limit: 1000, used: 800 }] },
    "breaks",
    /800 of 1000/,
  ],
  [
    "LISTEN_PORTS",
    "a port that it leaves out",
    refusing("port-not-allowed", "port 7041 is outside LISTEN_PORTS 1000-2000"),
    "breaks",
    /outside LISTEN_PORTS.*: widen/,
  ],
  [
    "LISTEN_PORTS",
    "another program's port in it",
    { proxies: [{ ...proxy, rules: { ...rules, listenPorts: [{ first: 1, last: 2375 }] } }] },
    "hint",
    /22 \(sshd\), 2375 \(Docker\)/,
  ],
  [
    "LISTEN_PORTS",
    "a record that does not tell",
    { proxies: [{ ...proxy, rules: undefined }] },
    "unasked",
    /does not tell LISTEN_PORTS/,
  ],
  [
    "ports",
    "two proxies that want one port",
    refusing("port-taken", "0.0.0.0:7041 is held by haproxy (pid 9)"),
    "breaks",
    /held by haproxy.*beside it on that node: node-1\/second: give each/,
  ],
  [
    "published ports",
    "a container that has a listener's port",
    refusing("port-published", "0.0.0.0:7041 is for container c"),
    "breaks",
    /for container c.*without a number/,
  ],
  [
    "published ports",
    "a listener that was there before a container",
    refusing("port-owed", "this proxy listens on 7041"),
    "breaks",
    /listens on 7041/,
  ],
  [
    "certificates",
    "a proxy's certificate that ends soon",
    { proxies: [{ ...proxy, firstCertificateEnd: { name: "shop.example", at: at(3.5 * dayMs) } }] },
    "breaks",
    /ends in 3 days/,
  ],
  [
    "certificates",
    "one that has ended",
    { certificates: [{ where: "ETCD_CA_FILE", endsAtMs: nowMs - 1 }] },
    "breaks",
    /has ended/,
  ],
  [
    "reach",
    "a node that is not reached",
    { reached: [{ node: "node-1", address: "198.18.0.11:1", ok: false, reason: "no answer within 2 s" }] },
    "breaks",
    /cannot be reached from here/,
  ],
  [
    "reach",
    "a proxy that does not reach a server elsewhere",
    {
      reachedFrom: [
        {
          proxy: "node-1/proxy",
          reached: [{ node: "node-2", address: "198.18.0.12:1", ok: false, reason: "refused" }],
        },
      ],
    },
    "breaks",
    /^it does not reach 198\.18\.0\.12:1 on node-2: refused: see firewalls/,
  ],
  [
    "asked",
    "agents of other nodes",
    {
      unasked: [
        { proxy: "node-2/proxy", reason: "no API_LISTEN there" },
        { proxy: "node-3/proxy", reason: "refused" },
        { proxy: "node-4/proxy", reason: "no API_LISTEN there" },
      ],
    },
    "unasked",
    /not asked.*: node-2\/proxy, node-4\/proxy \(no API_LISTEN there\); node-3\/proxy \(refused\): let them/,
  ],
];
