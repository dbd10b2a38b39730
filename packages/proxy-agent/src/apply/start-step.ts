import { writeFile } from "node:fs/promises";
import type { Desired } from "../desired/desired.ts";
import { addressesInUse } from "@fairway/haproxy";
import { runningOf } from "../plan/apply-plan.ts";
import { admitStep } from "./admit-step.ts";
import { endLeftovers } from "./leftovers.ts";
import { findCandidate, traced, type Candidate } from "./candidate.ts";
import { nothingMoves, type Context, type Situation, type Step } from "./context.ts";
import { serverStatesFile } from "@fairway/haproxy";

/** Starts HAProxy with what is desired, less what cannot be bound. Not `ok`: nothing runs. */
export async function startStep(context: Context, before: Situation, desired: Desired): Promise<Step> {
  const reasons = ["HAProxy is not running"];
  const situation: Situation = { ...before, master: undefined, running: undefined, ...nothingMoves };
  await endLeftovers(context);
  const admitted = await admitStep(context, situation, desired);
  const finding = findCandidate(context, admitted.situation, admitted.served);
  const [found] = await Promise.all([finding, context.disk.remember()]);
  if (!found.ok) {
    const failed = { text: found.text, problems: found.problems };
    return { situation: { ...admitted.situation, failed }, outcome: { ok: false, reasons, problems: found.problems } };
  }
  return start(context, admitted.situation, found.candidate);
}

async function start(context: Context, situation: Situation, candidate: Candidate): Promise<Step> {
  const { haproxy, disk, paths, log, signal } = context;
  const { served, description, rendered } = candidate;
  const reasons = ["HAProxy is not running"];
  await disk.put(rendered.text);
  disk.settle();
  await writeFile(paths.serverStates, serverStatesFile(served, []), { mode: 0o600 });
  const started = await haproxy.start(signal);
  if (!started.ok) {
    const problems = traced(started.problems, rendered);
    // An address that was taken since it was probed may be free the next time.
    const failed = addressesInUse(problems).length > 0 ? undefined : { text: rendered.text, problems };
    return { situation: { ...situation, failed, description: "" }, outcome: { ok: false, reasons, problems } };
  }
  log.info({ pid: started.master.pid, listeners: served.listeners.length }, "haproxy started");
  return {
    situation: {
      ...situation,
      master: started.master,
      running: runningOf(served),
      served,
      description,
      failed: undefined,
    },
    outcome: { ok: true, how: "start", reasons, commands: 0 },
  };
}
