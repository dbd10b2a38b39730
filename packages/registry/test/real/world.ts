import { setMaxListeners } from "node:events";
import { nodeKey, type NodeRecord } from "@fairway/contract";
import {
  type NodePublisher,
  openRegistry,
  type OwnNode,
  type RegistryAccess,
  type RegistryClient,
  type RunningPublisher,
  type Selector,
  startNodePublisher,
  subscribe,
} from "@fairway/registry";
import { type EtcdCluster, type EtcdMember, type EtcdOptions, soleMember, startEtcd } from "./etcd.ts";
import { ownNode } from "./node.ts";
import { createLogRecorder, createRecorder, type RecordedLog, type Recorder } from "./recorder.ts";
import { until } from "./until.ts";

/** A started publisher, and what it logged. */
export type StartedPublisher = RunningPublisher & {
  readonly log: RecordedLog;
  readonly stop: () => Promise<void>;
  /** Resolves when everything wanted is written. */
  readonly settled: () => Promise<void>;
};

export type PublisherFacts = {
  readonly client?: RegistryClient;
  readonly node?: OwnNode;
  readonly wanted?: ReadonlyMap<string, string>;
  readonly leaseTtlMs?: number;
  readonly lookAfterMs?: number;
  readonly mayBegin?: Promise<void>;
};

/** An etcd and what a test opens against it; all of it ends with the world. */
export type World = {
  readonly etcd: EtcdCluster;
  readonly member: EtcdMember;
  readonly client: RegistryClient;
  readonly open: (access?: Partial<RegistryAccess>) => RegistryClient;
  readonly subscribe: (
    selectors: readonly Selector[],
    lookAfterMs?: number,
    client?: RegistryClient,
  ) => Recorder & { log: RecordedLog };
  readonly publish: (facts?: PublisherFacts) => StartedPublisher;
  readonly nodeRecord: (node?: string) => Promise<NodeRecord | undefined>;
  readonly end: () => Promise<void>;
};

export async function createWorld(
  options: EtcdOptions & { readonly access?: Partial<RegistryAccess> } = {},
): Promise<World> {
  const etcd = await startEtcd(options);
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const clients: RegistryClient[] = [];
  const running: Promise<unknown>[] = [];
  const open: World["open"] = (access) => {
    const client = openRegistry({ endpoints: etcd.endpoints, prefix: "/fairway/v1", ...options.access, ...access });
    clients.push(client);
    return client;
  };
  const ownClient = open();
  return {
    etcd,
    member: soleMember(etcd),
    client: ownClient,
    open,
    subscribe: (selectors, lookAfterMs = 600_000, client = open()) => {
      const recorder = createRecorder();
      const log = createLogRecorder();
      const { onEvent } = recorder;
      running.push(subscribe({ client, selectors, onEvent, lookAfterMs, log, signal: controller.signal }));
      return { ...recorder, log };
    },
    publish: (facts) => {
      const started = publisherOf(open(), facts);
      controller.signal.addEventListener("abort", () => void started.stop());
      running.push(started.ended);
      return started;
    },
    nodeRecord: async (node = "n1") => {
      const { stored } = await ownClient.get([nodeKey(node)]);
      return stored[0] === undefined ? undefined : (JSON.parse(stored[0].value) as NodeRecord);
    },
    end: async () => {
      controller.abort();
      await Promise.all(running);
      for (const each of clients) each.close();
      await etcd.remove();
    },
  };
}

function publisherOf(client: RegistryClient, facts: PublisherFacts = {}): StartedPublisher {
  const controller = new AbortController();
  const log = createLogRecorder();
  const defaults = { node: ownNode("n1"), wanted: new Map<string, string>(), leaseTtlMs: 2000 };
  const started = startNodePublisher({ client, log, ...defaults, ...facts, signal: controller.signal });
  const stop = async () => {
    controller.abort();
    await started.ended;
  };
  return Object.assign(started, { log, stop, settled: () => settled(started) });
}

/** Resolves when a publisher has written everything, and its node record says so. */
export async function settled(publisher: NodePublisher): Promise<void> {
  await until(() => publisher.state().synced && publisher.state().pending === 0, 30_000);
}

/** Resolves when a publisher has written everything, in a session other than one it had before. */
export async function settledAnew(publisher: StartedPublisher, formerSession: string | undefined): Promise<void> {
  await until(() => publisher.state().synced && publisher.state().session !== formerSession, 30_000);
  await publisher.settled();
}
