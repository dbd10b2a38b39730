import { setMaxListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import {
  type NodePublisher,
  openRegistry,
  type RegistryClient,
  type RunningPublisher,
  startNodePublisher,
} from "@fairway/registry";
import { type SimulatedRecord } from "./simulated-endpoints.ts";

/** Registrars' publishers without a Docker engine: leases, node records and endpoints in etcd as real ones write them. */
export type SimulatedRegistrars = {
  /** A client that they share. */
  readonly client: RegistryClient;
  /** Declares one record of a node anew, or that it is gone. */
  readonly set: (record: SimulatedRecord, value?: string) => void;
  /** Resolves when all that was declared is written. */
  readonly settled: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export type RegistrarsFacts = {
  /** As in ETCD_ENDPOINTS. */
  readonly etcd: string;
  readonly records: readonly SimulatedRecord[];
  /** Nodes that have no record yet. */
  readonly moreNodes?: readonly string[];
  /** (1: all of them share it) */
  readonly clients?: number;
};

const leaseTtlMs = 15_000;
const quiet = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Starts a publisher for each node that has records; resolves when everything is written. */
export async function startRegistrars(facts: RegistrarsFacts): Promise<SimulatedRegistrars> {
  const registrars = launchRegistrars(facts);
  await registrars.settled();
  return registrars;
}

/** The same without waiting. */
export function launchRegistrars({ etcd, records, moreNodes = [], clients = 1 }: RegistrarsFacts): SimulatedRegistrars {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const opened = Array.from({ length: clients }, () => openAt(etcd));
  const [client = openAt(etcd)] = opened;
  const publishers = new Map<string, RunningPublisher>();
  for (const [node, wanted] of byNode(records, moreNodes)) {
    const own = { node, address: "198.18.0.2", zone: "", version: "0.1.0", engineId: node, bootId: "simulated" };
    const facts = { client: opened[publishers.size % clients] ?? client, node: own, leaseTtlMs, wanted };
    publishers.set(node, startNodePublisher({ ...facts, log: quiet, signal: controller.signal }));
  }
  return {
    client,
    set: ({ node, key }, value) => publishers.get(node)?.set(new Map([[key, value]])),
    settled: async () => {
      const isSettled = (publisher: NodePublisher) => publisher.state().synced && publisher.state().pending === 0;
      while (![...publishers.values()].every(isSettled)) await delay(5);
    },
    stop: async () => {
      controller.abort();
      await Promise.all([...publishers.values()].map(({ ended }) => ended));
      for (const each of opened) each.close();
    },
  };
}

/** A client of a lab's registry. */
export function openAt(etcd: string): RegistryClient {
  return openRegistry({ endpoints: etcd.split(","), prefix: "/fairway/v1" });
}

function byNode(
  records: readonly SimulatedRecord[],
  moreNodes: readonly string[],
): ReadonlyMap<string, Map<string, string>> {
  const nodes = new Map(moreNodes.map((node) => [node, new Map<string, string>()]));
  for (const { node, key, value } of records) {
    const own = nodes.get(node) ?? new Map<string, string>();
    nodes.set(node, own.set(key, value));
  }
  return nodes;
}

function nothing(): void {}
