import type { IDuplexStream, IWatchRequest, IWatchResponse } from "etcd3";
import { reasonOf } from "@fairway/contract";
import type { WatchHandlers } from "../registry-client.ts";
import type { Change, Selector } from "../stored.ts";
import type { Connection } from "./connection.ts";
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
 * Only a stream that never came to be is tried at another member, and once more with a new token.
 */
export class WatchStream {
  readonly #connection: Connection;
  readonly #keyspace: Keyspace;
  readonly #request: WatchRequest;
  readonly #handlers: WatchHandlers;
  readonly #deadline: NodeJS.Timeout;
  #stream: Stream | undefined;
  #token: string | undefined;
  #triesLeft: number;
  #mayLogInAnew = true;
  #opened = 0;
  #isOver = false;

  constructor(connection: Connection, keyspace: Keyspace, request: WatchRequest, handlers: WatchHandlers) {
    this.#connection = connection;
    this.#keyspace = keyspace;
    this.#request = request;
    this.#handlers = handlers;
    this.#triesLeft = request.members;
    const tooLate = `etcd did not open the watch within ${openMs / 1000} s`;
    this.#deadline = setTimeout(() => this.#finish(tooLate), openMs);
    this.#start().catch((error: unknown) => this.#onError(error));
  }

  /** Ends it; its handlers hear nothing any more. */
  stop(): void {
    this.#finish(undefined);
  }

  async #start(): Promise<void> {
    const { etcd, login } = this.#connection;
    this.#triesLeft -= 1;
    this.#opened = 0;
    this.#token = await login.token();
    const stream = (await etcd.watchClient.watch()) as Stream;
    if (this.#isOver) return cancel(stream);
    this.#stream = stream;
    stream.on("data", (answer: IWatchResponse) => this.#onAnswer(answer));
    stream.on("error", (error: unknown) => this.#onError(error));
    stream.on("end", () => this.#finish("etcd ended the watch"));
    for (const create_request of createRequests(this.#keyspace, this.#request)) stream.write({ create_request });
  }

  #onError(error: unknown): void {
    if (this.#isOver || this.#triesLeft <= 0) return this.#finish(reasonOf(error));
    this.#restart();
  }

  #onAnswer(answer: IWatchResponse): void {
    if (answer.canceled) return this.#onCanceled(answer);
    if (answer.created && ++this.#opened === this.#request.selectors.length) this.#onOpen();
    const changes = this.#changesIn(answer);
    if (changes.length > 0) this.#handlers.onChanges(BigInt(answer.header.revision), changes);
  }

  /** Without what is older than was asked for: a member that lags behind may send it (etcd-io/etcd#20221). */
  #changesIn({ events }: IWatchResponse): readonly Change[] {
    const { fromRevision } = this.#request;
    return events
      .filter(({ kv }) => BigInt(kv.mod_revision) >= fromRevision)
      .map(({ type, kv }): Change => {
        const stored = this.#keyspace.stored(kv);
        return type === "Put"
          ? { type: "put", stored }
          : { type: "delete", key: stored.key, modRevision: stored.modRevision };
      });
  }

  #onOpen(): void {
    this.#triesLeft = 0;
    this.#mayLogInAnew = false;
    clearTimeout(this.#deadline);
    this.#handlers.onOpen();
  }

  /** A watch with a token that this member no longer knows is denied in the words of a role that may not watch. */
  #onCanceled(answer: IWatchResponse): void {
    const reason = cancelReason(answer);
    if (!this.#mayLogInAnew || this.#token === undefined || !isDenied.test(reason)) return this.#finish(reason);
    this.#mayLogInAnew = false;
    this.#connection.login.forget(this.#token);
    this.#triesLeft += 1;
    this.#restart();
  }

  #restart(): void {
    if (this.#stream !== undefined) cancel(this.#stream);
    this.#start().catch((error: unknown) => this.#onError(error));
  }

  #finish(reason: string | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#deadline);
    if (this.#stream !== undefined) cancel(this.#stream);
    if (reason !== undefined) this.#handlers.onEnd(reason);
  }
}

const isDenied = /permission denied|auth token|auth store|revision in header/;

/** Our own end of a stream is no fault of the member: etcd3 would take it for one and drop the connection. */
function cancel(stream: Stream): void {
  for (const event of ["data", "end", "error"]) stream.removeAllListeners(event);
  stream.on("error", () => undefined);
  stream.cancel();
}

function createRequests(keyspace: Keyspace, { selectors, fromRevision }: WatchRequest) {
  return selectors.map((selector) => ({ ...keyspace.range(selector), start_revision: fromRevision.toString() }));
}

function cancelReason({ compact_revision, cancel_reason }: IWatchResponse): string {
  if (compact_revision !== "0") return `etcd compacted its history up to revision ${compact_revision}`;
  return `etcd refused the watch: ${cancel_reason}`;
}
