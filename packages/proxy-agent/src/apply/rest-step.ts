import type { Desired } from "../desired/desired.ts";
import { planListener } from "../plan/plan-listener.ts";
import { plan } from "../plan/plan.ts";
import type { Running } from "../plan/running.ts";
import type { Context, Situation } from "./context.ts";
import { runtimeStep } from "./runtime-step.ts";

type Live = Situation & { readonly running: Running };

/**
 * When there can be no reload: servers come and go at run time all the same, in every listener that runs and keeps its
 * settings. Answers the situation as it is then; never rejects.
 */
export async function restStep(context: Context, situation: Live, wanted: Desired): Promise<Situation> {
  if (situation.served === undefined) return situation;
  const served = withoutReload(situation.running, situation.served, wanted);
  const planned = plan(situation.running, served);
  if (planned.kind !== "runtime") return situation;
  const { commands } = planned;
  const done = await runtimeStep(context, situation, { served, commands }).catch(() => undefined);
  return done?.ok === true ? done.step.situation : situation;
}

/** What runs, with the wanted servers wherever those take no reload. */
export function withoutReload(running: Running, served: Desired, wanted: Desired): Desired {
  const byPort = new Map(wanted.listeners.map((listener) => [listener.port, listener]));
  const listeners = served.listeners.map((listener) => {
    const now = byPort.get(listener.port);
    if (now === undefined) return listener;
    return planListener(running.listeners.get(listener.port), now).reasons.length === 0 ? now : listener;
  });
  return { ...served, listeners };
}
