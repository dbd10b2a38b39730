import { endpointsPrefixOf, parseServiceKey, servicesPrefix } from "@fairway/contract";
import type { RegistryLog } from "./log.ts";
import { reasonOf } from "@fairway/contract";
import type { RegistryClient } from "./registry-client.ts";
import { type EmptySince, emptyThrough, noteEmptiness, type ServiceLook } from "./service-emptiness.ts";
import { jittered, wait } from "@fairway/loop";

const hourMs = 3_600_000;

/** Options of {@link sweepServices}. */
export type ServiceSweepOptions = {
  readonly client: RegistryClient;
  readonly log: RegistryLog;
  /** How long a service must have had no endpoint: 24 h. */
  readonly graceMs?: number;
  /** How often to look, give or take a fifth: 1 h. */
  readonly everyMs?: number;
  /** A clock that never goes back, in milliseconds. */
  readonly nowMs?: () => number;
  readonly signal: AbortSignal;
};

/**
 * Removes records of services that had no endpoint at any look through the grace, until the signal aborts. Each is
 * removed in one transaction that compares the record's revision and that no endpoint exists. A look that failed
 * proves nothing: the grace starts anew.
 */
export async function sweepServices(options: ServiceSweepOptions): Promise<void> {
  const { log, everyMs = hourMs, signal } = options;
  let emptySince: EmptySince = new Map();
  while (!signal.aborted) {
    try {
      emptySince = await sweepOnce(options, emptySince);
    } catch (error) {
      emptySince = new Map();
      log.debug({ reason: reasonOf(error) }, "service records not swept");
    }
    await wait(jittered(everyMs), signal);
  }
}

/** One look, and the removals that are due. */
export async function sweepOnce(options: ServiceSweepOptions, before: EmptySince): Promise<EmptySince> {
  const { client, log, graceMs = 24 * hourMs, nowMs = () => performance.now() } = options;
  const emptySince = noteEmptiness(before, await lookAtServices(client), nowMs());
  for (const record of emptyThrough(emptySince, graceMs, nowMs())) {
    if (await removeIfEmpty(client, record)) log.info({ key: record.key }, "service record removed");
  }
  return emptySince;
}

async function lookAtServices(client: RegistryClient): Promise<readonly ServiceLook[]> {
  const { stored } = await client.list([{ prefix: servicesPrefix }]);
  const named = stored.filter(({ key }) => parseServiceKey(key) !== undefined);
  const counts = await client.count(named.map(({ key }) => endpointsOf(key)));
  return named.map(({ key, modRevision }, at) => ({ key, modRevision, endpoints: counts[at] ?? 1 }));
}

type ServiceRecordAt = { readonly key: string; readonly modRevision: bigint };

async function removeIfEmpty(client: RegistryClient, record: ServiceRecordAt): Promise<boolean> {
  const compares = [record, { emptyPrefix: endpointsOf(record.key) }];
  const { succeeded } = await client.transact(compares, [{ type: "delete", key: record.key }]);
  return succeeded;
}

/** Where the endpoints of a service record's service stand. */
function endpointsOf(key: string): string {
  const { project = "", service = "" } = parseServiceKey(key) ?? {};
  return endpointsPrefixOf(project, service);
}
