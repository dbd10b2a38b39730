import { encode, type ProxyRecord } from "@fairway/contract";
import { isNews } from "./proxy-record.ts";

/** Between two writes that tell of nothing urgent. */
const leastGapMs = 10_000;

/** Changes are gathered this long before a record is made of them: making one looks at everything. */
const gatherMs = 200;

/** What {@link createPublisher} is told. */
export type PublisherOptions = {
  readonly record: () => ProxyRecord;
  readonly write: (record: ProxyRecord) => void;
  readonly signal: AbortSignal;
};

/**
 * Tells the registry of this proxy: at once on the first call and, within 200 ms, on a new error or rejection; else at
 * most every 10 s and only what changed. Answers what to call when something may have changed.
 */
export function createPublisher({ record, write, signal }: PublisherOptions): () => void {
  let written: ProxyRecord | undefined;
  let writtenAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Infinity;

  const look = () => {
    dueAt = Infinity;
    const now = record();
    if (written !== undefined && encode(now) === encode(written)) return;
    const waitMs = writtenAt + leastGapMs - performance.now();
    if (!isNews(written, now) && waitMs > 0) return later(waitMs);
    written = now;
    writtenAt = performance.now();
    write(now);
  };

  /** A look that is due sooner stays; one that is due later must not hold up news. */
  const later = (ms: number) => {
    const at = performance.now() + ms;
    if (at >= dueAt) return;
    clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(look, ms);
  };

  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return () => {
    if (signal.aborted) return;
    if (written === undefined) look();
    else later(gatherMs);
  };
}
