import { reasonOf } from "@fairway/contract";
import type { Log } from "@fairway/program";
import type { Desired, Wanted } from "../desired/desired.ts";
import type { TracedProblem } from "./haproxy-cfg.ts";
import { sentenceOf, type ReloadReason } from "./reload-reason.ts";

/** How an application ended. */
export type Applied =
  | {
      readonly ok: true;
      readonly how: "none" | "runtime" | "reload" | "start";
      /** Why it took a reload or a start. */
      readonly reasons: readonly ReloadReason[];
      /** How many runtime commands were sent. */
      readonly commands: number;
    }
  /** HAProxy does not take it: what runs, if anything, goes on. */
  | { readonly ok: false; readonly reasons: readonly ReloadReason[]; readonly problems: readonly TracedProblem[] };

/** What was last applied; `at` is ISO 8601. */
export type Application = { readonly desired: Desired; readonly revision: bigint; readonly at: string };

/** What has been applied, and what is wrong now; both are logged when they change. */
export class Progress {
  readonly #log: Log;
  #applied: Application | undefined;
  #lastError: string | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Undefined: nothing yet. */
  get applied(): Application | undefined {
    return this.#applied;
  }

  /** As a sentence; undefined: the last application succeeded. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  succeed({ desired, revision }: Wanted): void {
    if (this.#lastError !== undefined) this.#log.info({}, "haproxy is in step again");
    this.#lastError = undefined;
    this.#applied = { desired, revision, at: new Date().toISOString() };
  }

  /** HAProxy does not take the configuration. */
  refuse({ reasons, problems }: Extract<Applied, { ok: false }>): void {
    const sentences = reasons.map(sentenceOf);
    const told = problems.map(({ message, origin }) => [...(origin?.settings ?? []), message].join(": "));
    const error = `HAProxy does not take the configuration (${sentences.join("; ")}): ${told.join("; ")}`;
    if (error !== this.#lastError)
      this.#log.error({ reasons: sentences, problems }, "configuration refused, what runs goes on");
    this.#lastError = error;
  }

  /** The application went no further, because of HAProxy or the disk. */
  fail(error: unknown): void {
    const reason = reasonOf(error);
    if (reason !== this.#lastError) this.#log.error({ reason }, "application failed, trying again");
    this.#lastError = reason;
  }
}
