import { ipKind, plainIp, reasonOf, type RegistrarSettings } from "@fairway/contract";
import { Backoff, WorkQueue } from "@fairway/loop";
import { type Log, ownAddresses, sourceAddresses } from "@fairway/program";
import type { DockerEngine } from "./docker/engine.ts";
import { networkAt } from "./docker/networks.ts";

/** What the node's address is found by. */
export type NodeAddressOptions = {
  readonly settings: Pick<RegistrarSettings, "nodeAddress" | "etcdEndpoints">;
  readonly engine: Pick<DockerEngine, "networks">;
  /** Called with the reason why there is none yet. */
  readonly onWaiting: (reason: string) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
};

const noAddress =
  'NODE_ADDRESS="": this host has no route yet that shows an address which is neither loopback nor one of its Docker ' +
  "networks; set the address under which other nodes reach this one";

/** How often the node's own address is looked at where NODE_ADDRESS is not set. */
const lookEveryMs = 10_000;

/**
 * The node's address by the settings; else by the routes, as soon as they show one: a machine may boot before it has its
 * address. Undefined: the signal aborted before.
 */
export async function nodeAddress(options: NodeAddressOptions): Promise<string | undefined> {
  const { settings, onWaiting, log, signal } = options;
  const backoff = new Backoff();
  let logged: string | undefined;
  while (!signal.aborted) {
    const found = settings.nodeAddress ?? (await routedAddress(options).catch((error: unknown) => ({ error })));
    if (typeof found === "string") return found;
    const reason = found === undefined ? noAddress : reasonOf(found.error);
    onWaiting(reason);
    if (reason !== logged) log.warn({ reason }, "waiting for an address of this node");
    logged = reason;
    await backoff.pause(signal);
  }
  return undefined;
}

/**
 * The address under which others reach this host: the source address towards etcd, else that of the default route. Never
 * one of a Docker network: other nodes have the same. Rejects when the engine does not tell its networks.
 */
export async function routedAddress({
  settings,
  engine,
}: Pick<NodeAddressOptions, "settings" | "engine">): Promise<string | undefined> {
  const found = await sourceAddresses(settings.etcdEndpoints);
  const usable = found.filter((ip) => ipKind(ip) === undefined);
  if (usable.length === 0) return undefined;
  const networks = await engine.networks();
  return usable.find((ip) => networkAt(networks, ip) === undefined);
}

/** Calls back once when this machine has another address than the one that it was found to have. */
export function followAddress(options: NodeAddressOptions, address: string, onMoved: () => void): void {
  const { settings, log, signal } = options;
  if (settings.nodeAddress !== undefined) return;
  const work = async (): Promise<void> => {
    const isStillOwn = ownAddresses()?.has(plainIp(address)) ?? true;
    const now = isStillOwn ? address : await routedAddress(options);
    if (now === undefined || now === address) return queue.addAfter("address", lookEveryMs);
    log.warn({ before: address, now }, "this node has another address");
    onMoved();
  };
  const onError = () => undefined;
  const queue: WorkQueue<"address"> = new WorkQueue({ work, onError, signal });
  queue.addAfter("address", lookEveryMs);
}

/** An own address of this machine where the node's address is none, as behind a cloud's translation; else undefined. */
export async function localAddress(options: NodeAddressOptions, address: string): Promise<string | undefined> {
  if (ownAddresses()?.has(plainIp(address)) !== false) return undefined;
  return routedAddress(options).catch(() => undefined);
}
