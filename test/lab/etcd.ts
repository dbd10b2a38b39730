import { join } from "node:path";
import { run, startEtcd, whenEtcdServes } from "@fairway/standalone";
import type { Child } from "@fairway/standalone";
import { askRange } from "./etcd-gateway.ts";
import { keysIn, revisionIn } from "./etcd-json.ts";
import { secure } from "./secured.ts";
import type { Security } from "./secured.ts";
import type { EtcdKey } from "./etcd-json.ts";
import { addMember } from "./world/member.ts";
import type { Member } from "./world/member.ts";
import type { World } from "./world/world.ts";

/** One member of the lab's etcd cluster. */
export type EtcdMember = Member & {
  readonly clientUrl: string;
  /** Starts it, or starts it again on its data. Does not wait for the cluster. */
  readonly start: () => void;
  readonly stop: () => Promise<void>;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly whenServing: () => Promise<void>;
};

/** The lab's etcd cluster. */
export type LabEtcd = {
  readonly members: readonly EtcdMember[];
  /** As in ETCD_ENDPOINTS. */
  readonly endpoints: string;
  /** Certificates and passwords; undefined: it is open to everyone. */
  readonly security: Security | undefined;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Runs etcdctl (API 3) against all members and answers its output. */
  readonly ctl: (...args: readonly string[]) => Promise<string>;
  /** Every key below a prefix, with its lease and revisions. */
  readonly keys: (prefix: string) => Promise<readonly EtcdKey[]>;
  /** The cluster's revision now. */
  readonly revision: () => Promise<number>;
  /** Lets etcd forget its history up to now. */
  readonly compact: () => Promise<void>;
  /** Saves the state of the cluster to a file. */
  readonly snapshot: (file: string) => Promise<void>;
  /** Stops the cluster and starts it on new data directories made from a snapshot. */
  readonly restore: (file: string) => Promise<void>;
};

const firstHost = 101;

/**
 * Starts a cluster and waits until it serves; `isSecured`: with TLS, certificates of its clients, users and roles; `more`:
 * options of its members.
 */
export async function addEtcd(
  world: World,
  count: number,
  {
    isSecured = false,
    more = [],
  }: { readonly isSecured?: boolean | undefined; readonly more?: readonly string[] | undefined } = {},
): Promise<LabEtcd> {
  const hosts = Array.from({ length: count }, (_, n) => ({ name: `etcd-${n + 1}`, host: firstHost + n }));
  const scheme = isSecured ? "https" : "http";
  const peers = hosts.map(({ name, host }) => `${name}=${scheme}://${world.network}.${host}:2380`).join(",");
  const network = await Promise.all(hosts.map(({ name, host }) => addMember(world, name, host)));
  const data = { generation: 0 };
  const security = isSecured ? await secure(join(world.directory, "etcd-tls"), network) : undefined;
  const members = network.map((member) =>
    etcdMember(member, { peers, security, more, data: () => dataDir(member, data.generation) }),
  );
  const endpoints = members.map(({ clientUrl }) => clientUrl).join(",");
  const as = security?.ctl ?? [];
  const ctl = (...args: readonly string[]) => etcdctl([...as, "--endpoints", endpoints, ...args]);
  const start = async () => {
    for (const member of members) member.start();
    await Promise.all(members.map((member) => member.whenServing()));
  };
  const stop = async () => {
    await Promise.all(members.map((member) => member.stop()));
  };
  const snapshot = async (file: string) => {
    await etcdctl([...as, "--endpoints", members[0]?.clientUrl ?? "", "snapshot", "save", file]);
  };
  const restore = async (file: string) => {
    for (const member of members) member.signal("SIGKILL");
    await stop();
    data.generation += 1;
    await Promise.all(network.map((member) => restoreMember(member, peers, file, dataDir(member, data.generation))));
    await start();
  };
  const range = (prefix: string) =>
    security === undefined
      ? askRange(endpoints.split(","), prefix)
      : ctl("get", "--prefix", prefix, "--write-out", "json");
  const keys = async (prefix: string) => keysIn(await range(prefix));
  const revision = async () => revisionIn(await range("/no-such-key/"));
  const compact = async () => {
    await ctl("compaction", String(await revision())).catch(unlessCompacted);
  };
  await start();
  await security?.makeRoles(endpoints);
  return { members, endpoints, security, start, stop, ctl, keys, revision, compact, snapshot, restore };
}

/** In the lab's own memory, as a cluster waits for its disk at every write. */
function dataDir({ name }: Member, generation: number): string {
  return `/run/${name}/data-${generation}`;
}

type MemberFacts = {
  readonly peers: string;
  readonly security: Security | undefined;
  readonly more: readonly string[];
  readonly data: () => string;
};

function etcdMember(member: Member, { peers, security, more, data }: MemberFacts): EtcdMember {
  const { name, address, wrapper } = member;
  const scheme = security === undefined ? "http" : "https";
  const clientUrl = `${scheme}://${address}:2379`;
  const facts = { name, wrapper, clientUrl, peerUrl: `${scheme}://${address}:2380`, cluster: peers };
  // Whether it serves is asked without a certificate.
  const healthUrl = `http://${address}:2378`;
  const options = [
    // Elections in a network without delays need not take etcd's second.
    "--heartbeat-interval",
    "50",
    "--election-timeout",
    "500",
    "--logger",
    "zap",
    "--listen-metrics-urls",
    healthUrl,
    ...(security?.options(name) ?? []),
    ...more,
  ];
  const logFile = join(member.directory, "etcd.log");
  let child: Child | undefined;
  return {
    ...member,
    clientUrl,
    start: () => {
      child = startEtcd({ ...facts, dataDir: data(), logFile, options });
    },
    stop: async () => {
      await child?.stop();
    },
    signal: (signal) => {
      child?.signal(signal);
    },
    whenServing: async () => {
      if (child === undefined) throw new Error(`${name} was never started`);
      await whenEtcdServes(child, healthUrl);
    },
  };
}

async function restoreMember(member: Member, cluster: string, file: string, dataDir: string): Promise<void> {
  const { name } = member;
  const where = ["--data-dir", dataDir, "--name", name, "--initial-advertise-peer-urls", peerUrlIn(cluster, name)];
  await member.run(
    "env",
    "ETCDCTL_API=3",
    "etcdctl",
    "snapshot",
    "restore",
    file,
    ...where,
    "--initial-cluster",
    cluster,
  );
}

function peerUrlIn(cluster: string, name: string): string {
  const own = cluster.split(",").find((each) => each.startsWith(`${name}=`));
  return own?.slice(name.length + 1) ?? "";
}

async function etcdctl(args: readonly string[]): Promise<string> {
  return run(["etcdctl", ...args], { env: { ETCDCTL_API: "3" } });
}

/** Where nothing was written since the last compaction there is nothing to forget. */
function unlessCompacted(error: unknown): void {
  if (!String(error).includes("required revision has been compacted")) throw error;
}
