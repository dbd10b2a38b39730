import { createBell } from "../bell.ts";
import type { RegistryLog } from "../log.ts";
import type { RegistryClient } from "../registry-client.ts";
import { watchKey } from "../watched-key.ts";
import { NodeRecords, type RecordChanges } from "./node-records.ts";
import { leaveNode, type LeaveOutcome } from "./leave-node.ts";
import { nodeKeyOf, type OwnNode } from "./own-node.ts";
import { NodeSessions } from "./node-sessions.ts";
import type { PublisherState } from "./publisher-state.ts";

/** What {@link createNodePublisher} is told. */
export type NodePublisherOptions = {
  readonly client: RegistryClient;
  readonly node: OwnNode;
  readonly leaseTtlMs: number;
  /** How often to compare the registry with what was written although nothing was lost. */
  readonly lookAgainAfterMs?: number;
  readonly log: RegistryLog;
  /** Ends the publisher; the lease and the records stay, for the next registrar to take over. */
  readonly signal: AbortSignal;
};

/** Keeps a node's records in the registry. */
export type NodePublisher = {
  /**
   * Declares what should stand at some keys of the node; undefined: nothing. Later values win, and are written as soon
   * as the transaction in flight is done. Answers what differs from what was declared before, sorted by key; records
   * that differ only in `reportedAt` are equal. Throws for a key that is not an endpoint or rejection of the node.
   */
  readonly set: (changes: RecordChanges) => RecordChanges;
  /** What is declared at a key. */
  readonly get: (key: string) => string | undefined;
  readonly state: () => PublisherState;
  /** Resolves when everything declared by now is written and the node record says `synced`. */
  readonly settled: () => Promise<void>;
  /** Ends the publisher and takes the node out of the registry. Rejects when the registry is away. */
  readonly leave: () => Promise<LeaveOutcome>;
  /**
   * Publishes the node until the signal aborts, however often the registry goes away, forgets the lease or is restored
   * from a backup: then a new session rewrites everything. Nothing is written before; what is not declared by then is
   * deleted. Resolves when nothing is written any more. To be called once. See `runNodeSession` for the takeover.
   */
  readonly run: () => Promise<void>;
};

/** A publisher that runs. */
export type RunningPublisher = NodePublisher & {
  /** Resolves when the publisher has ended: nothing is written any more. */
  readonly ended: Promise<void>;
};

/** Starts to publish a node whose records are known; what is not among them is deleted. */
export function startNodePublisher(
  options: NodePublisherOptions & { readonly wanted: ReadonlyMap<string, string> },
): RunningPublisher {
  const publisher = createNodePublisher(options);
  publisher.set(options.wanted);
  return { ...publisher, ended: publisher.run() };
}

/** A node's publisher, which takes in what is declared and writes once it runs. */
export function createNodePublisher(options: NodePublisherOptions): NodePublisher {
  const { client, node, signal, lookAgainAfterMs = 5 * 60_000, log } = options;
  const own = new AbortController();
  const bell = createBell();
  const records = new NodeRecords(node.node);
  const sessions = new NodeSessions({ ...options, records, bell, signal: own.signal });
  const stop = () => {
    own.abort();
    bell.ring();
  };
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  let ended = Promise.resolve();
  const run = async () => {
    const watching = watchKey({
      client,
      key: nodeKeyOf(node),
      relistAfterMs: lookAgainAfterMs,
      log,
      signal: own.signal,
      onSeen: (seen, event) => sessions.onSeen(seen, event),
    });
    await Promise.all([watching, sessions.run()]);
    signal.removeEventListener("abort", stop);
  };
  return {
    set: (changes) => {
      const differing = records.set(changes);
      if (differing.size > 0) bell.ring();
      return differing;
    },
    get: (key) => records.get(key),
    run: () => (ended = run()),
    state: () => sessions.state(),
    settled: () => sessions.settled(),
    leave: async () => {
      stop();
      await ended;
      return leaveNode(client, node);
    },
  };
}
