import type { Context, Situation } from "./context.ts";
import { nextStep } from "./ramps.ts";

/** Gives servers that have arrived a little more weight. Rejects when HAProxy does not answer. */
export async function rampStep({ haproxy, slowStartMs }: Context, situation: Situation): Promise<Situation> {
  const { running, ramps: going } = situation;
  if (!running || going.size === 0) return situation;
  const { lines, ramps } = nextStep(going, running, { now: performance.now(), slowStartMs });
  await haproxy.ask(lines);
  return { ...situation, ramps };
}
