import type { Desired } from "../desired/desired.ts";
import { admit, boundAddresses, without } from "./admission.ts";
import type { Context, Situation, TracedProblem } from "./context.ts";

/** What of the desired can be bound: the rest as refusals, or complaints when it lies outside the listeners. */
export type AdmitOutcome =
  | { readonly ok: true; readonly situation: Situation; readonly served: Desired }
  | { readonly ok: false; readonly problems: readonly TracedProblem[] };

/** Probes every address that is not bound yet, tells of refused listeners once, and leaves them out. */
export async function admitStep(context: Context, situation: Situation, desired: Desired): Promise<AdmitOutcome> {
  const bound = situation.running ? boundAddresses(situation.running) : new Set<string>();
  const { refused, sections } = await admit({ desired, bound, own: await ownPids(context, situation) });
  if (sections.length > 0) {
    return {
      ok: false,
      problems: sections.map(({ line, reason }) => ({ line: undefined, message: reason, origin: line.from })),
    };
  }
  const refusals = new Map(refused.map((refusal) => [refusal.listener, refusal]));
  for (const refusal of refused) {
    if (situation.refusals.get(refusal.listener)?.reason !== refusal.reason)
      context.log.warn(refusal, "listener refused");
  }
  return { ok: true, situation: { ...situation, refusals }, served: without(desired, new Set(refusals.keys())) };
}

async function ownPids({ haproxy }: Context, { master }: Situation): Promise<readonly number[]> {
  if (master === undefined) return [];
  const { masterPid, workers, oldWorkers } = await haproxy.processes();
  return [masterPid, ...workers, ...oldWorkers];
}
