import { ProgramExit, registryBySettings } from "@fairway/program";
import { type AccessSettings, nodesPrefix, reasonOf } from "@fairway/contract";

/**
 * Asks the members of etcd that ETCD_ENDPOINTS names for a key; one that answers is enough. Throws in one line, within
 * seconds, when none does, and ProgramExit for settings that cannot be used.
 */
export async function askEtcd(settings: AccessSettings, endpoints: readonly string[]): Promise<void> {
  try {
    await Promise.any(endpoints.map((endpoint) => askMember(settings, endpoint)));
  } catch (error) {
    const [first] = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [error];
    if (first instanceof ProgramExit) throw first;
    const reason = reasonOf(first);
    const what = reason.includes("etcdserver:") ? "etcd refuses to be read" : "no etcd answers there";
    throw new Error(`ETCD_ENDPOINTS="${endpoints.join(",")}": ${what}: ${reason}`, { cause: error });
  }
}

async function askMember(settings: AccessSettings, endpoint: string): Promise<void> {
  const registry = registryBySettings(settings, [endpoint]);
  try {
    // A key that every user of the registry may read; nothing stands there.
    await registry.get([nodesPrefix]);
  } finally {
    registry.close();
  }
}
