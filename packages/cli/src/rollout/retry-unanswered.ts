import { reasonOf, shown } from "@fairway/contract";
import { wait } from "@fairway/loop";
import { type Output, ProgramExit } from "@fairway/program";
import { EngineRefusal } from "./service-engine.ts";

/** How long an engine that does not answer is asked again in the midst of a rollout: it may be starting anew. */
const persistMs = 30_000;

/** How often an engine that does not answer is asked again during a rollout. */
const everyMs = 500;

/** Who is told of the waiting, and what ends it. */
export type RetryTerms = { readonly output: Pick<Output, "note">; readonly signal: AbortSignal };

/**
 * Repeats what nobody answers until somebody does, the time is over or the signal aborts; then rejects as it did last. What an
 * engine refuses rejects at once.
 */
export async function retryUnanswered<T>(work: () => Promise<T>, { output, signal }: RetryTerms): Promise<T> {
  const endsAtMs = performance.now() + persistMs;
  for (let tries = 0; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof EngineRefusal || performance.now() >= endsAtMs || signal.aborted) throw error;
      if (tries === 0) output.note(`${unansweredIn(error)}: waiting up to ${persistMs / 1000} s`);
      await wait(everyMs, signal);
    }
  }
}

/** The engine's own sentence, safe to show; all else that rejects is the registry. */
export function unansweredIn(error: unknown): string {
  if (error instanceof ProgramExit) return error.lines.join("; ");
  return `the registry does not answer: ${shown(reasonOf(error))}`;
}
