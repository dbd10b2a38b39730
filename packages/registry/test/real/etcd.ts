import { type ChildProcess, execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { spawnBound } from "./spawn-bound.ts";
import { until } from "./until.ts";
import { freePorts } from "../../../../test/free-ports.ts";

const run = promisify(execFile);

/** A real etcd member on loopback, with its data in a temporary directory. */
export type EtcdMember = {
  readonly name: string;
  readonly endpoint: string;
  readonly peer: string;
  readonly dataDir: string;
  readonly process: () => ChildProcess;
  /** Starts it on its data, or on another directory; resolves when it answers. */
  readonly start: (options?: { readonly dataDir?: string; readonly wait?: boolean }) => Promise<void>;
  /** kill -9, resolves when it is gone. */
  readonly kill: () => Promise<void>;
  /** SIGSTOP: its connections stay open and nothing answers, as in a silent partition. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Runs etcdctl against it and answers what it prints. */
  readonly ctl: (...args: readonly string[]) => Promise<string>;
};

/** Members that form one etcd, in a temporary directory of their own. */
export type EtcdCluster = {
  readonly members: readonly EtcdMember[];
  readonly endpoints: readonly string[];
  readonly dir: string;
  readonly remove: () => Promise<void>;
};

/** How to start etcd. */
export type EtcdOptions = {
  readonly members?: number;
  readonly scheme?: "http" | "https";
  /** Further arguments of etcd. */
  readonly args?: readonly string[];
  /** Further arguments of each etcdctl call. */
  readonly ctlArgs?: readonly string[];
};

/** Starts etcd; whoever starts it removes it. */
export async function startEtcd(options: EtcdOptions = {}): Promise<EtcdCluster> {
  const dir = await mkdtemp(join(tmpdir(), "fairway-etcd-"));
  const ports = await freePorts((options.members ?? 1) * 2);
  const peers = ports.slice(ports.length / 2).map((port) => `http://127.0.0.1:${port}`);
  const cluster = peers.map((peer, at) => `m${at}=${peer}`).join(",");
  const members = peers.map((peer, at) => {
    const endpoint = `${options.scheme ?? "http"}://127.0.0.1:${ports[at]}`;
    return member({ name: `m${at}`, endpoint, peer, dataDir: join(dir, `m${at}`), cluster, options });
  });
  await Promise.all(members.map((each) => each.start()));
  return {
    members,
    endpoints: members.map(({ endpoint }) => endpoint),
    dir,
    remove: async () => {
      await Promise.all(members.map((each) => each.kill()));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The only member of a single etcd. */
export function soleMember({ members }: EtcdCluster): EtcdMember {
  const [first] = members;
  if (first === undefined) throw new Error("the cluster has no member");
  return first;
}

type MemberFacts = {
  readonly name: string;
  readonly endpoint: string;
  readonly peer: string;
  readonly dataDir: string;
  readonly cluster: string;
  readonly options: EtcdOptions;
};

function member(facts: MemberFacts): EtcdMember {
  const { name, endpoint, peer, dataDir, options } = facts;
  let child: ChildProcess | undefined;
  const running = () => {
    if (child === undefined) throw new Error(`etcd ${name} was not started`);
    return child;
  };
  const ctl = async (...args: readonly string[]) => {
    const env = { ...process.env, ETCDCTL_API: "3" };
    const { stdout } = await run("etcdctl", ["--endpoints", endpoint, ...(options.ctlArgs ?? []), ...args], { env });
    return stdout;
  };
  return {
    name,
    endpoint,
    peer,
    dataDir,
    ctl,
    process: running,
    start: async (how = {}) => {
      child = spawnBound("etcd", argumentsOf(facts, how.dataDir ?? dataDir), "ignore");
      if (how.wait !== false)
        await until(() => (options.scheme === "https" ? ctl("endpoint", "health") : serves(endpoint)));
    },
    kill: async () => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
    freeze: () => running().kill("SIGSTOP"),
    thaw: () => running().kill("SIGCONT"),
  };
}

/** A member that is not encrypted is asked by HTTP, as its start is asked for often and a process of etcdctl takes long. */
async function serves(endpoint: string): Promise<boolean> {
  const response = await fetch(`${endpoint}/health`, { signal: AbortSignal.timeout(2000) });
  return ((await response.json()) as { readonly health?: unknown }).health === "true";
}

function argumentsOf({ name, endpoint, peer, cluster, options }: MemberFacts, dataDir: string): readonly string[] {
  const flags = {
    name,
    "data-dir": dataDir,
    "listen-client-urls": endpoint,
    "advertise-client-urls": endpoint,
    "listen-peer-urls": peer,
    "initial-advertise-peer-urls": peer,
    "initial-cluster": cluster,
    // On loopback an election need not take etcd's second.
    "heartbeat-interval": "50",
    "election-timeout": "500",
  };
  return [...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]), ...(options.args ?? [])];
}

/** Saves what a single etcd holds now; the answer puts exactly that back: kill, new data directory, start. */
export async function snapshot({ dir, members }: EtcdCluster): Promise<() => Promise<void>> {
  const [member] = members;
  if (member === undefined) throw new Error("the cluster has no member");
  const file = join(dir, "snapshot.db");
  await member.ctl("snapshot", "save", file);
  return async () => {
    await member.kill();
    const dataDir = join(dir, "restored");
    const { name, peer } = member;
    const cluster = ["--name", name, "--initial-cluster", `${name}=${peer}`, "--initial-advertise-peer-urls", peer];
    await run("etcdctl", ["snapshot", "restore", file, "--data-dir", dataDir, ...cluster], {
      env: { ...process.env, ETCDCTL_API: "3" },
    });
    await member.start({ dataDir });
  };
}

/** How many bytes a member has sent to its clients since its start. */
export async function sentBytes({ endpoint }: EtcdMember): Promise<number> {
  const metrics = await (await fetch(`${endpoint}/metrics`)).text();
  return Number(/^etcd_network_client_grpc_sent_bytes_total (\S+)$/m.exec(metrics)?.[1]);
}
