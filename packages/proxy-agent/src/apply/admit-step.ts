import type { Desired } from "../desired/desired.ts";
import { admit, boundAddresses, without } from "./admission.ts";
import type { Context, Situation } from "./context.ts";

/** What of the desired can be bound; the rest stands in the situation as refusals. */
export type Admitted = { readonly situation: Situation; readonly served: Desired };

/** Probes every address that is not bound yet, tells of refused listeners once, and leaves them out. */
export async function admitStep(context: Context, situation: Situation, desired: Desired): Promise<Admitted> {
  const bound = situation.running ? boundAddresses(situation.running) : new Set<string>();
  const refused = await admit({ desired, bound, own: await ownPids(context, situation) });
  const refusals = new Map(refused.map((refusal) => [refusal.listener, refusal]));
  for (const refusal of refused) {
    if (situation.refusals.get(refusal.listener)?.reason !== refusal.reason)
      context.log.warn(refusal, "listener refused");
  }
  return { situation: { ...situation, refusals }, served: without(desired, new Set(refusals.keys())) };
}

async function ownPids({ haproxy }: Context, { master }: Situation): Promise<readonly number[]> {
  if (master === undefined) return [];
  const { masterPid, workers, oldWorkers } = await haproxy.processes();
  return [masterPid, ...workers, ...oldWorkers];
}
