import { createBell } from "../bell.ts";
import type { RegistryLog } from "../log.ts";
import type { RegistryClient } from "../registry-client.ts";
import { watchKey } from "../watched-key.ts";
import { createLedger } from "./ledger.ts";
import { leaveNode, type LeaveOutcome } from "./leave-node.ts";
import { isKeyOfNode, nodeKeyOf, type OwnNode } from "./own-node.ts";
import { NodeSessions } from "./node-sessions.ts";
import type { PublisherState } from "./publisher-state.ts";

/** What {@link startNodePublisher} is told. */
export type NodePublisherOptions = {
  readonly client: RegistryClient;
  readonly node: OwnNode;
  readonly leaseTtlMs: number;
  /** Every record of the node by key, complete: what is not in it will be deleted. */
  readonly wanted: ReadonlyMap<string, string>;
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
   * as the transaction in flight is done. Throws for a key that is not an endpoint or rejection of the node.
   */
  readonly set: (changes: ReadonlyMap<string, string | undefined>) => void;
  readonly state: () => PublisherState;
  /** Resolves when everything declared by now is written and the node record says `synced`. */
  readonly settled: () => Promise<void>;
  /** Ends the publisher and takes the node out of the registry. Rejects when the registry is away. */
  readonly leave: () => Promise<LeaveOutcome>;
  /** Resolves when the publisher has ended: nothing is written any more. */
  readonly ended: Promise<void>;
};

/**
 * Starts to publish a node, and goes on until the signal aborts, however often the registry goes away, forgets the
 * lease or is restored from a backup: then a new session rewrites everything. See `runNodeSession` for the takeover.
 */
export function startNodePublisher(options: NodePublisherOptions): NodePublisher {
  const { client, node, wanted, signal, lookAgainAfterMs = 5 * 60_000, log } = options;
  const own = new AbortController();
  const bell = createBell();
  const ledger = createLedger(checked(node, wanted));
  const sessions = new NodeSessions({ ...options, ledger, bell, signal: own.signal });
  const stop = () => {
    own.abort();
    bell.ring();
  };
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  const watching = watchKey({
    client,
    key: nodeKeyOf(node),
    relistAfterMs: lookAgainAfterMs,
    log,
    signal: own.signal,
    onSeen: (seen, event) => sessions.onSeen(seen, event),
  });
  const ended = Promise.all([watching, sessions.run()]).then(() => signal.removeEventListener("abort", stop));
  return {
    set: (changes) => {
      ledger.want(checked(node, changes));
      bell.ring();
    },
    state: () => sessions.state(),
    settled: () => sessions.settled(),
    leave: async () => {
      stop();
      await ended;
      return leaveNode(client, node);
    },
    ended,
  };
}

function checked<T>({ node }: OwnNode, records: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  const foreign = [...records.keys()].find((key) => !isKeyOfNode(node, key));
  if (foreign !== undefined) throw new Error(`${foreign} is not a record of node ${node}`);
  return records;
}
