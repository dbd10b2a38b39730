import type { Etcd3, IDuplexStream, IWatchRequest, IWatchResponse } from "etcd3";
import type { WatchHandlers } from "../registry-client.ts";
import type { Change, Selector } from "../stored.ts";
import { reasonOf } from "@fairway/contract";
import type { Keyspace } from "./keyspace.ts";

/** How long etcd may take to set up a watch. */
const openMs = 10_000;

type Stream = IDuplexStream<IWatchRequest, IWatchResponse> & NodeJS.EventEmitter;

/** What to watch: every selector from one revision on. */
export type WatchRequest = {
  readonly selectors: readonly Selector[];
  readonly fromRevision: bigint;
  /** How many members there are to ask. */
  readonly members: number;
};

/**
 * One watch over one stream of its own. It is over at the first sign of trouble, because etcd3's own watchers
 * resume: after a restored backup they would wait for the old revision in silence, and after a compaction for ever.
 * Only a stream that never came to be is tried at another member. Answers the function that ends it.
 */
export function openWatch(etcd: Etcd3, keyspace: Keyspace, request: WatchRequest, handlers: WatchHandlers): () => void {
  let stream: Stream | undefined;
  let triesLeft = request.members;
  let isOver = false;
  const finish = (reason: string | undefined) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(deadline);
    if (stream !== undefined) cancel(stream);
    if (reason !== undefined) handlers.onEnd(reason);
  };
  const deadline = setTimeout(() => finish(`etcd did not open the watch within ${openMs / 1000} s`), openMs);
  const onOpen = () => {
    triesLeft = 0;
    clearTimeout(deadline);
    handlers.onOpen();
  };
  const start = async (): Promise<void> => {
    triesLeft -= 1;
    stream = (await etcd.watchClient.watch()) as Stream;
    if (isOver) return cancel(stream);
    stream.on("data", answerReader(keyspace, request, { ...handlers, onOpen, onEnd: finish }));
    stream.on("error", onError);
    stream.on("end", () => finish("etcd ended the watch"));
    for (const create_request of createRequests(keyspace, request)) stream.write({ create_request });
  };
  const onError = (failure: unknown) => {
    if (isOver || triesLeft <= 0) return finish(reasonOf(failure));
    if (stream !== undefined) cancel(stream);
    start().catch(onError);
  };
  start().catch(onError);
  return () => finish(undefined);
}

/** Our own end of a stream is no fault of the member: etcd3 would take it for one and drop the connection. */
function cancel(stream: Stream): void {
  for (const event of ["data", "end", "error"]) stream.removeAllListeners(event);
  stream.on("error", () => undefined);
  stream.cancel();
}

function createRequests(keyspace: Keyspace, { selectors, fromRevision }: WatchRequest) {
  return selectors.map((selector) => ({ ...keyspace.range(selector), start_revision: fromRevision.toString() }));
}

function answerReader(keyspace: Keyspace, { selectors }: WatchRequest, handlers: WatchHandlers) {
  let opened = 0;
  return (answer: IWatchResponse): void => {
    if (answer.canceled) return handlers.onEnd(cancelReason(answer));
    if (answer.created && ++opened === selectors.length) handlers.onOpen();
    if (answer.events.length === 0) return;
    handlers.onChanges(BigInt(answer.header.revision), changesOf(keyspace, answer));
  };
}

function cancelReason({ compact_revision, cancel_reason }: IWatchResponse): string {
  if (compact_revision !== "0") return `etcd compacted its history up to revision ${compact_revision}`;
  return `etcd refused the watch: ${cancel_reason}`;
}

function changesOf(keyspace: Keyspace, { events }: IWatchResponse): readonly Change[] {
  return events.map(({ type, kv }): Change => {
    const stored = keyspace.stored(kv);
    return type === "Put"
      ? { type: "put", stored }
      : { type: "delete", key: stored.key, modRevision: stored.modRevision };
  });
}
