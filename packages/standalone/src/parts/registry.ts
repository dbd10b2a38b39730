import type { Parts } from "../parts.ts";
import { askEtcd } from "./ask-etcd.ts";
import { keepRunning } from "../processes/keep-running.ts";
import type { KeptRunning } from "../processes/keep-running.ts";
import { ownEtcd } from "./own-etcd.ts";

/** The etcd that is used. */
export type UsedRegistry = {
  /** As in ETCD_ENDPOINTS. */
  readonly endpoints: string;
  readonly isOwn: boolean;
  readonly kept: readonly KeptRunning[];
};

/** The etcd that ETCD_ENDPOINTS names, else one of our own. Throws at once when there is none at those. */
export async function startRegistry({ settings, ground, undo, say, signal }: Parts): Promise<UsedRegistry> {
  if (settings.etcdEndpoints !== undefined) {
    say(`using etcd at ${settings.etcdEndpoints.join(", ")}`);
    await askEtcd(settings, settings.etcdEndpoints);
    return { endpoints: settings.etcdEndpoints.join(","), isOwn: false, kept: [] };
  }
  const { endpoint, start } = await ownEtcd(ground, signal);
  say(`starting etcd at ${endpoint}`);
  const kept = await keepRunning({ start, say });
  undo.add("stop etcd", kept.stop);
  return { endpoints: endpoint, isOwn: true, kept: [kept] };
}
