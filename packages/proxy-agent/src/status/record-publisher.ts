import { type ProxyRecord, reasonOf } from "@fairway/contract";
import { type Rest, WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import { ownRecordGapMs } from "../registry/connection.ts";
import { isChanged } from "./proxy-record.ts";

/** How long changes are gathered before a record is made of them: making one looks at everything. */
const gatherMs = 200;

/** After a look at everything that found no change. */
const unchanged: Rest = { leastMs: 1000, quietMs: 0, mostMs: 1000 };

/** Between two writes. */
const written: Rest = { leastMs: ownRecordGapMs, quietMs: 0, mostMs: ownRecordGapMs };

/** Of writes for those who wait: so many at once, and so many a second in the long run. */
const urgentAtOnce = 10;
const urgentPerSecond = 2;

/** What a {@link RecordPublisher} works with. */
export type RecordPublisherOptions = {
  /** The record as it would be now; `before` is what was written last. */
  readonly record: (before: ProxyRecord | undefined) => ProxyRecord;
  /** `isUrgent`: somebody waits for it. */
  readonly write: (record: ProxyRecord, isUrgent: boolean) => void;
  /** True when somebody waits for more than the revision that was told last, and that has been applied. */
  readonly isAwaited: (told: bigint) => boolean;
  readonly log: Pick<Log, "error">;
  readonly signal: AbortSignal;
};

/**
 * Writes this proxy's record: within {@link gatherMs} of a change after a quiet time, else {@link ownRecordGapMs} after the write before, however
 * much changes: every agent has one, and etcd keeps the history of all. For those who wait it is written at once, ten
 * times without a pause and twice a second in the long run.
 */
export class RecordPublisher {
  readonly #options: RecordPublisherOptions;
  readonly #queue: WorkQueue<"record" | "awaited">;
  #written: ProxyRecord | undefined;
  #told = 0n;
  #urgentLeft = urgentAtOnce;
  #urgentAtMs = performance.now();

  constructor(options: RecordPublisherOptions) {
    const { log, signal } = options;
    this.#options = options;
    const onError = (_: unknown, error: unknown) => log.error({ reason: reasonOf(error) }, "own record not written");
    const work = async (what: "record" | "awaited") => (what === "record" ? this.#publish() : this.#answer());
    this.#queue = new WorkQueue({ work, onError, signal });
  }

  /** Call when anything that the record shows may have changed. */
  wake(): void {
    this.#queue.addAfter("record", this.#written === undefined ? 0 : gatherMs);
    if (this.#options.isAwaited(this.#told)) this.#queue.add("awaited");
  }

  #publish(): Rest {
    const now = this.#options.record(this.#written);
    if (!isChanged(this.#written, now)) return unchanged;
    this.#write(now, false);
    return written;
  }

  /** Tells those who wait what is applied, also where nothing else has changed. */
  #answer(): Rest | void {
    if (!this.#options.isAwaited(this.#told)) return;
    this.#urgentLeft = this.#urgentNow() - 1;
    this.#urgentAtMs = performance.now();
    this.#write(this.#options.record(this.#written), true);
    const restMs = Math.max(0, ((1 - this.#urgentLeft) * 1000) / urgentPerSecond);
    return { leastMs: restMs, quietMs: 0, mostMs: restMs };
  }

  #urgentNow(): number {
    const since = performance.now() - this.#urgentAtMs;
    return Math.min(urgentAtOnce, this.#urgentLeft + (since * urgentPerSecond) / 1000);
  }

  #write(now: ProxyRecord, isUrgent: boolean): void {
    this.#written = now;
    this.#told = BigInt(now.appliedRevision);
    this.#options.write(now, isUrgent);
  }
}
