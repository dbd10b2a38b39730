import { encode, reasonOf, type ProxyRecord } from "@fairway/contract";
import { WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import { allRejections, servedListeners, serverCounts, type AgentState } from "./agent-state.ts";

/** Rejections that the record shows in full; all are counted. */
const mostShown = 10;

/** `proxies/<node>/<proxy>`: counts, not lists. */
export function proxyRecord(state: AgentState): ProxyRecord {
  const { version, scope, vantage, haproxy, lastError } = state;
  const rejections = allRejections(state);
  return {
    v: 1,
    version,
    scope: [...scope],
    vantage: { node: vantage.node, kind: vantage.kind, networks: vantage.networks.map((network) => ({ ...network })) },
    appliedRevision: state.appliedRevision.toString(),
    appliedAt: state.appliedAt,
    listeners: servedListeners(state).length,
    servers: serverCounts(state),
    rejections: {
      count: rejections.length,
      first: rejections.slice(0, mostShown).map(({ code, key, reason }) => ({ code, key, reason })),
    },
    haproxy: { version: haproxy?.version ?? "", pid: haproxy?.pid ?? 0 },
    lastError: lastError ?? null,
  };
}

/** True when a record shows an error or rejection that the one before did not: it is written at once. */
export function isNews(before: ProxyRecord | undefined, now: ProxyRecord): boolean {
  if (before === undefined) return true;
  if (now.lastError !== null && now.lastError !== before.lastError) return true;
  if (now.rejections.count > before.rejections.count) return true;
  const known = new Set(before.rejections.first.map(({ code, key }) => `${code} ${key}`));
  return now.rejections.first.some(({ code, key }) => !known.has(`${code} ${key}`));
}

/** Between two writes without news. */
const leastGapMs = 10_000;

/** Changes are gathered this long before a record is made of them: making one looks at everything. */
const gatherMs = 200;

/** What a {@link RecordPublisher} works with. */
export type RecordPublisherOptions = {
  readonly record: () => ProxyRecord;
  readonly write: (record: ProxyRecord) => void;
  readonly log: Pick<Log, "error">;
  readonly signal: AbortSignal;
};

/**
 * Writes this proxy's record: at once the first time and, within 200 ms, on a new error or rejection; else at most
 * every 10 s and only if it changed.
 */
export class RecordPublisher {
  readonly #options: RecordPublisherOptions;
  readonly #queue: WorkQueue<"record">;
  #written: ProxyRecord | undefined;
  #writtenAt = 0;

  constructor(options: RecordPublisherOptions) {
    const { log, signal } = options;
    this.#options = options;
    const onError = (_: "record", error: unknown) => log.error({ reason: reasonOf(error) }, "own record not written");
    this.#queue = new WorkQueue({ work: async () => this.#publish(), onError, signal });
  }

  /** Call when anything that the record shows may have changed. */
  wake(): void {
    this.#queue.addAfter("record", this.#written === undefined ? 0 : gatherMs);
  }

  #publish(): void {
    const now = this.#options.record();
    if (this.#written !== undefined && encode(now) === encode(this.#written)) return;
    const waitMs = this.#writtenAt + leastGapMs - performance.now();
    if (!isNews(this.#written, now) && waitMs > 0) return this.#queue.addAfter("record", waitMs);
    this.#written = now;
    this.#writtenAt = performance.now();
    this.#options.write(now);
  }
}
