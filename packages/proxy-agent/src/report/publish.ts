import { encode, type ProxyRecord } from "@fairway/registry";
import { isNews } from "./proxy-record.ts";

/** Between two writes that tell of nothing urgent. */
const leastGapMs = 10_000;

/** What {@link createPublisher} is told. */
export type PublisherOptions = {
  readonly record: () => ProxyRecord;
  readonly write: (value: string) => void;
  readonly signal: AbortSignal;
};

/**
 * Tells the registry of this proxy: at once on the first call and on a new error or rejection, else at most every 10 s
 * and only what changed. Answers what to call when something may have changed.
 */
export function createPublisher({ record, write, signal }: PublisherOptions): () => void {
  let written: ProxyRecord | undefined;
  let writtenAt = 0;
  let timer: NodeJS.Timeout | undefined;

  const publish = (now: ProxyRecord) => {
    clearTimeout(timer);
    timer = undefined;
    if (written !== undefined && encode(now) === encode(written)) return;
    written = now;
    writtenAt = performance.now();
    write(encode(now));
  };

  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return () => {
    if (signal.aborted) return;
    const now = record();
    const waitMs = writtenAt + leastGapMs - performance.now();
    if (isNews(written, now) || waitMs <= 0) return publish(now);
    timer ??= setTimeout(() => publish(record()), waitMs);
  };
}
