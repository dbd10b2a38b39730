import { startChild, whenReady } from "../processes/child.ts";
import type { Child } from "../processes/child.ts";
import { flags } from "../processes/flags.ts";

/** A member of an etcd cluster of our own. */
export type EtcdFacts = {
  readonly name: string;
  /** What stands before `etcd` on the command line. */
  readonly wrapper: readonly string[];
  readonly clientUrl: string;
  readonly peerUrl: string;
  /** `name=peer url` of every member, with commas between. */
  readonly cluster: string;
  readonly dataDir: string;
  readonly logFile: string;
  /** More options of etcd. */
  readonly options?: readonly string[];
};

/** Starts a member and answers at once; a cluster is only ready when most members run. */
export function startEtcd(facts: EtcdFacts): Child {
  const { name, wrapper, clientUrl, peerUrl, cluster, dataDir, logFile, options = [] } = facts;
  const own = flags({
    name,
    "data-dir": dataDir,
    "listen-client-urls": clientUrl,
    "advertise-client-urls": clientUrl,
    "listen-peer-urls": peerUrl,
    "initial-advertise-peer-urls": peerUrl,
    "initial-cluster": cluster,
    "initial-cluster-state": "new",
    // etcd keeps every revision until it is told to compact, and then ends in NOSPACE.
    "auto-compaction-mode": "periodic",
    "auto-compaction-retention": "1h",
  });
  const command = [...wrapper, "etcd", ...own, ...options];
  return startChild({ name, command, logFile });
}

/** Waits until a member serves its clients. */
export async function whenEtcdServes(child: Child, clientUrl: string, signal?: AbortSignal): Promise<void> {
  await whenReady(child, () => isHealthy(clientUrl), { withinMs: 30_000, signal });
}

async function isHealthy(clientUrl: string): Promise<boolean> {
  const response = await fetch(`${clientUrl}/health`, { signal: AbortSignal.timeout(2000) });
  return ((await response.json()) as { health?: unknown }).health === "true";
}
