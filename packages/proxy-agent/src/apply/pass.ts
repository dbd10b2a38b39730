import type { Desired } from "../desired/desired.ts";
import { isAlive } from "@fairway/haproxy";
import type { ServerCommand } from "@fairway/haproxy";
import type { ServerState } from "@fairway/haproxy";
import { plan } from "../plan/plan.ts";
import type { Running } from "../plan/running.ts";
import { without } from "./admission.ts";
import { admitStep } from "./admit-step.ts";
import { bulkReason } from "./bulk.ts";
import type { Context, Situation, Step } from "./context.ts";
import { fingerprint } from "./own-lines.ts";
import { followDepartures } from "./follow-departures.ts";
import { foundRamps } from "./ramps.ts";
import { foundRunning, knownOf, readBack } from "./read-back.ts";
import { reloadStep } from "./reload-step.ts";
import { restStep } from "./rest-step.ts";
import { runtimeStep } from "./runtime-step.ts";
import { startStep } from "./start-step.ts";

/** What is asked of a pass. */
export type PassQuestion = {
  readonly desired: Desired;
  /** Only these listeners differ from what was asked before; undefined: look at all. */
  readonly ports: ReadonlySet<number> | undefined;
  /** Also look whether refused listeners can be bound now. */
  readonly isRetry?: boolean;
};

type Live = Situation & { readonly running: Running };

/**
 * One application: starts HAProxy if none runs, sends runtime commands where they do, else reloads once. Listeners whose
 * address cannot be had are left out; a reload that cannot be had keeps no other server from coming or going. Rejects
 * when HAProxy does not answer.
 */
export async function pass(context: Context, situation: Situation, question: PassQuestion): Promise<Step> {
  const { situation: after, outcome } = await carryOut(context, situation, question);
  const { running, served } = after;
  if (!running || !served) return { situation: after, outcome };
  const deadline = performance.now() + context.drainTimeoutMs;
  const departures = followDepartures(after.departures, { running, served, ports: question.ports, deadline });
  return { situation: { ...after, departures }, outcome };
}

async function carryOut(
  context: Context,
  situation: Situation,
  { desired, ports, isRetry }: PassQuestion,
): Promise<Step> {
  const { master, running } = situation;
  if (master === undefined || running === undefined || !(await isAlive(master))) {
    return startStep(context, situation, desired);
  }
  const served = isRetry ? desired : without(desired, new Set(situation.refusals.keys()));
  const planned = plan(running, served, ports);
  const live = { ...situation, running };
  if (planned.kind === "none") return done({ ...live, served });
  if (planned.kind === "runtime") return change(context, live, { desired, served, commands: planned.commands });
  return rebuild(context, live, { desired, reasons: planned.reasons, isForced: false });
}

type Change = { readonly desired: Desired; readonly served: Desired; readonly commands: readonly ServerCommand[] };

/** Runtime commands; when HAProxy refuses one, once more from what it really holds; then by reload. */
async function change(context: Context, situation: Live, { desired, served, commands }: Change): Promise<Step> {
  const bulk = bulkReason(situation.running, commands);
  if (bulk !== undefined) return rebuild(context, situation, { desired, reasons: [bulk], isForced: true });
  const first = await runtimeStep(context, situation, { served, commands });
  if (first.ok) return first.step;
  context.log.debug({ reason: first.reason }, "runtime command refused");
  const again = await asItIs(context, situation);
  const planned = plan(again.running, served);
  if (planned.kind === "none") return done({ ...again, served });
  if (planned.kind === "reload") return rebuild(context, again, { desired, reasons: planned.reasons, isForced: false });
  const second = await runtimeStep(context, again, { served, commands: planned.commands });
  return second.ok ? second.step : rebuild(context, again, { desired, reasons: [second.reason], isForced: true });
}

type Rebuild = { readonly desired: Desired; readonly reasons: readonly string[]; readonly isForced: boolean };

/** A reload, unless nothing is left to reload for once refused listeners and what an adopted HAProxy told are known. */
async function rebuild(context: Context, situation: Live, { desired, reasons, isForced }: Rebuild): Promise<Step> {
  const { situation: admitted, served } = await admitStep(context, situation, desired);
  const live = await recognised(context, { ...admitted, running: situation.running }, served);
  if (isForced) return reloaded(context, live, { served, reasons });
  const planned = plan(live.running, served);
  if (planned.kind === "none") return done({ ...live, served });
  if (planned.kind === "reload") return reloaded(context, live, { served, reasons: planned.reasons });
  return change(context, live, { desired, served, commands: planned.commands });
}

type Reload = { readonly served: Desired; readonly reasons: readonly string[] };

/** By reload; when that fails, as much as goes without. */
async function reloaded(context: Context, situation: Live, { served, reasons }: Reload): Promise<Step> {
  const { running } = situation;
  const step = await reloadStep(context, situation, { served, reasons }).catch((error: unknown) => {
    return { situation, outcome: { ok: false, error } } as const;
  });
  if (step.outcome.ok) return step;
  return { ...step, situation: await restStep(context, { ...step.situation, running }, served) };
}

/** An adopted HAProxy whose description is that of the served was started with just these settings. */
async function recognised(context: Context, situation: Live, served: Desired): Promise<Live> {
  const isUnknown = situation.running.sections === undefined;
  if (!isUnknown || situation.description !== fingerprint(served, context.render)) return situation;
  const { servers } = await context.haproxy.read();
  return withRamps(context, { ...situation, running: readBack(knownOf(served), servers) }, servers);
}

/** The same situation with what HAProxy itself tells of; its settings are known only if it still has the description. */
export async function asItIs(context: Context, situation: Live): Promise<Live> {
  const { info, servers } = await context.haproxy.read();
  if (info.description !== situation.description) {
    return { ...situation, description: info.description, running: foundRunning(servers) };
  }
  const known = situation.served ? knownOf(situation.served, situation.running) : situation.running;
  const running = { ...readBack(known, servers), sections: situation.running.sections };
  return withRamps(context, { ...situation, running }, servers);
}

/** Ramps that an earlier agent began go on, and a weight that somebody else set is put right. */
function withRamps({ slowStartMs }: Context, situation: Live, servers: readonly ServerState[]): Live {
  return { ...situation, ramps: foundRamps(situation.running, servers, { now: performance.now(), slowStartMs }) };
}

function done(situation: Situation): Step {
  return { situation, outcome: { ok: true, how: "none", reasons: [], commands: 0 } };
}
