import { writeFile } from "node:fs/promises";
import type { Desired } from "../desired/desired.ts";
import type { ConfigProblem } from "@fairway/haproxy";
import type { Rendered } from "@fairway/haproxy";
import type { Context, Situation, TracedProblem } from "./context.ts";
import { fingerprint, withOwnLines } from "./own-lines.ts";

/** A configuration that HAProxy found valid. */
export type Candidate = {
  readonly served: Desired;
  readonly description: string;
  readonly rendered: Rendered;
};

export type CandidateOutcome =
  | { readonly ok: true; readonly candidate: Candidate }
  | { readonly ok: false; readonly text: string; readonly problems: readonly TracedProblem[] };

/**
 * Writes what is desired as a candidate and lets HAProxy judge it. What is wrong is taken out where it can be told, and
 * the rest judged again. A candidate that failed before fails again unasked; one that differs from what HAProxy took
 * before in nothing but its servers is not judged again when HAProxy has to come back at once.
 */
export async function findCandidate(
  context: Context,
  situation: Situation,
  desired: Desired,
): Promise<CandidateOutcome> {
  let served = desired;
  for (;;) {
    const candidate = candidateOf(context, served);
    const { text } = candidate.rendered;
    if (situation.master === undefined && candidate.description === situation.description)
      return { ok: true, candidate };
    const problems = situation.failed?.text === text ? situation.failed.problems : await judge(context, candidate);
    if (problems.length === 0) return { ok: true, candidate };
    const rest = context.withoutCulprits(served, problems);
    if (rest === undefined) return { ok: false, text, problems };
    served = rest;
  }
}

/** The file of what is served, beside the lines of our own. */
function candidateOf({ render, paths }: Context, served: Desired): Candidate {
  const description = fingerprint(served, render);
  return { served, description, rendered: render(withOwnLines(served, description, paths.serverStates)) };
}

/** Adds to complaints whose text they are about. */
export function traced(problems: readonly ConfigProblem[], { origins }: Rendered): readonly TracedProblem[] {
  return problems.map((problem) => {
    return { ...problem, origin: problem.line === undefined ? undefined : origins.get(problem.line) };
  });
}

async function judge({ haproxy, paths, signal }: Context, { rendered }: Candidate): Promise<readonly TracedProblem[]> {
  await writeFile(paths.candidate, rendered.text, { mode: 0o600 });
  const outcome = await haproxy.check(paths.candidate, signal);
  return outcome.ok ? [] : traced(outcome.problems, rendered);
}
