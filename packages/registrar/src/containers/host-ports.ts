import {
  encode,
  hostPortsKey,
  mostHostPorts,
  readLabels,
  type HostPort,
  type HostPortsRecord,
} from "@fairway/contract";
import type { RecordChanges } from "@fairway/registry";
import { type Container, container12, type EngineList, type Inspection } from "../docker/container.ts";
import type { Former } from "./former-records.ts";
import type { RecordTexts } from "./records.ts";

/** How long ports are kept for a container that was removed, for the one that takes its place. */
export const removedMs = 60_000;

/** How long ports are kept for a container that has exited and that the engine does not start again. */
const exitedMs = 600_000;

/** One container: its ports, and until when they are kept. */
type Held = {
  readonly ports: readonly HostPort[];
  readonly isStopped: boolean;
  /** Local clock; Infinity: for as long as the engine has the container. */
  readonly keptUntil: number;
  /** When it was first seen to be gone; undefined: the engine has it. */
  readonly goneSince: number | undefined;
};

/**
 * The ports of the machine that containers take whenever they run, opted in or not: proxies of this node leave them
 * alone, also while a container is away for a moment. Times are those of the local clock, which never jumps.
 */
export class KeptHostPorts {
  readonly #node: string;
  readonly #held = new Map<string, Held>();
  /** Containers of which only the registrar before has told, by their first twelve digits; until when that counts at least. */
  readonly #former = new Map<string, number>();

  constructor(node: string) {
    this.#node = node;
  }

  /** Takes in what the engine says of a container now; answers what that makes of its record. */
  update(id: string, inspection: Inspection, nowMs: number): RecordChanges {
    const id12 = container12(id);
    const before = this.#held.get(id);
    const isUntold = inspection.kind === "unreadable" || (inspection.kind === "gone" && this.#former.has(id12));
    // What the registrar before has told stays.
    if (before === undefined && isUntold) return new Map();
    this.#former.delete(id12);
    const now = heldAfter(before, inspection, nowMs);
    if (now === undefined) this.#held.delete(id);
    else this.#held.set(id, now);
    const isKept = now !== undefined && now.ports.length > 0 && now.keptUntil > nowMs;
    return new Map([[this.#keyOf(id12), isKept ? recordOf(now.ports) : undefined]]);
  }

  /**
   * Takes in what the registrar before has told of containers that this one has not read: it stays until they are read
   * or, as they may have been removed a moment ago, for a minute, and for as long as the engine lists them. Answers it.
   */
  takeOver(former: ReadonlyMap<string, Former>, nowMs: number): RecordTexts {
    const read = new Set([...this.#held.keys()].map(container12));
    const unread = [...former].filter(([id12, { hostPorts }]) => hostPorts.size > 0 && !read.has(id12));
    for (const [id12] of unread) this.#former.set(id12, nowMs + removedMs);
    return new Map(unread.flatMap(([, { hostPorts }]) => [...hostPorts]));
  }

  /** Lets go of what {@link takeOver} kept, where its minute is over and the engine's list does not have the container. */
  endFormer({ running, stopped }: Pick<EngineList, "running" | "stopped">, nowMs: number): RecordChanges {
    const listed = new Set([...running, ...stopped].map(container12));
    const ended = [...this.#former].filter(([id12, until]) => until <= nowMs && !listed.has(id12));
    for (const [id12] of ended) this.#former.delete(id12);
    return new Map(ended.map(([id12]) => [this.#keyOf(id12), undefined]));
  }

  /** True while something stays that only the registrar before has told. */
  get hasFormer(): boolean {
    return this.#former.size > 0;
  }

  /** Of the engine's list, the containers of which it does not know yet whether they keep their ports. */
  idsToInspect(running: readonly string[], stopped: readonly string[]): readonly string[] {
    const listed = new Set([...running, ...stopped]);
    const unseen = stopped.filter((id) => this.#held.get(id)?.isStopped !== true);
    return [...unseen, ...[...this.#held.keys()].filter((id) => !listed.has(id))];
  }

  /** In how many milliseconds the time of a container's ports is over; Infinity: no time ends it. */
  leftMs(id: string, nowMs: number): number {
    const keptUntil = this.#held.get(id)?.keptUntil ?? Infinity;
    return keptUntil > nowMs ? keptUntil - nowMs : Infinity;
  }

  #keyOf(id12: string): string {
    return hostPortsKey({ node: this.#node, container12: id12 });
  }
}

/** What is held of a container after a look at it; undefined: nothing. */
function heldAfter(before: Held | undefined, inspection: Inspection, nowMs: number): Held | undefined {
  if (inspection.kind === "unreadable") return before;
  if (inspection.kind === "gone") return heldWhenGone(before, nowMs);
  const { container } = inspection;
  const isStopped = inspection.kind === "stopped";
  if (!isStopped) {
    const ports = hostPortsOf(container, inspection.networkOwner);
    return { ports, isStopped, keptUntil: Infinity, goneSince: undefined };
  }
  const keptUntil = container.isRestarted ? Infinity : stoppedAt(before, container, nowMs) + exitedMs;
  return { ports: before?.ports ?? hostPortsOf(container, container), isStopped, keptUntil, goneSince: undefined };
}

/** When it ended: as was seen, else as the engine says, whose clock may have been ahead. */
function stoppedAt(before: Held | undefined, { finishedAtMs = Infinity }: Container, nowMs: number): number {
  if (before === undefined) return Math.min(finishedAtMs, nowMs);
  return before.isStopped && before.keptUntil < Infinity ? before.keptUntil - exitedMs : nowMs;
}

function heldWhenGone(before: Held | undefined, nowMs: number): Held | undefined {
  if (before === undefined || before.ports.length === 0) return undefined;
  const goneSince = before.goneSince ?? nowMs;
  const keptUntil = Math.min(before.keptUntil, goneSince + removedMs);
  return keptUntil > nowMs ? { ...before, keptUntil, goneSince } : undefined;
}

/**
 * The ports that a container takes of the machine: those that it publishes by number, and what an opted-in one in the
 * host's network serves; 10,000 at most. `networkOwner`: the container whose network it uses.
 */
export function hostPortsOf(container: Container, networkOwner: Container | undefined): readonly HostPort[] {
  const isOnHost = networkOwner?.networkMode.kind === "host";
  const served = isOnHost ? askedPorts(container) : [];
  // In another's network, and in the host's, what is to be published is not.
  const published = container.networkMode.kind === "networks" ? container.hostPorts : [];
  const all = [...published, ...served.map((port) => ({ ip: "0.0.0.0", port }))];
  const unique = new Map(all.map((each) => [`${each.ip} ${each.port}`, each]));
  return [...unique.values()].sort((a, b) => a.port - b.port || (a.ip < b.ip ? -1 : 1)).slice(0, mostHostPorts);
}

function askedPorts({ labels }: Container): readonly number[] {
  const { ports, balanced } = readLabels(labels);
  return [...ports.keys(), ...balanced.map(({ port }) => port)];
}

function recordOf(ports: readonly HostPort[]): string {
  const record: HostPortsRecord = { v: 1, ports: [...ports] };
  return encode(record);
}
