import { decode, hostPortsRecordSchema, nodeKey, parseHostPortsKey, type HostPort } from "@fairway/contract";
import type { Listing, Stored } from "@fairway/registry";
import { z } from "zod";
import { unreadable, type Read } from "./seen.ts";

/** The ports of this node's machine that one of its containers takes whenever it runs. */
export const seenHostPortsSchema = z.object({
  /** Relative to the registry's prefix. */
  key: z.string(),
  container12: z.string(),
  ports: z.array(z.object({ ip: z.string(), port: z.int() })),
  /** True once the registry no longer has it: it counts until its node, synced, says otherwise. */
  isMissing: z.boolean(),
});

/** See {@link seenHostPortsSchema}. */
export type SeenHostPorts = Readonly<z.output<typeof seenHostPortsSchema>>;

/** A port of the machine, and the container that takes it whenever it runs. */
export type ContainerHostPort = HostPort & { readonly container12: string };

const noPorts: readonly HostPort[] = [];

/** Keys that are read at one revision to judge what is missing. */
const atOnce = 99;

/** The host ports of this node's containers as last known: also while the registry or registrar is away. */
export class HostPorts {
  readonly #held: Map<string, SeenHostPorts>;
  /** Missing ones to be judged. */
  readonly #due = new Set<string>();
  /** Undefined: to be made anew. */
  #byPort: ReadonlyMap<number, readonly ContainerHostPort[]> | undefined;
  #changes = 0;

  constructor(known: readonly SeenHostPorts[]) {
    this.#held = new Map(known.map((each) => [each.key, each]));
  }

  /** Grows with each change of what {@link at} answers. */
  get changes(): number {
    return this.#changes;
  }

  /** Who has ports of this number, at whatever address. */
  at(port: number): readonly ContainerHostPort[] {
    this.#byPort ??= indexed([...this.#held.values()]);
    return this.#byPort.get(port) ?? [];
  }

  /** Those of the container with this key; the same object until they change. */
  portsAt(key: string): readonly HostPort[] {
    return this.#held.get(key)?.ports ?? noPorts;
  }

  /** The registry has this record. Answers what of it cannot be used; what an earlier one said stays then. */
  put(stored: Stored): Read<SeenHostPorts> {
    const read = readHostPorts(stored);
    this.#due.delete(stored.key);
    if (read.ok) this.#set(stored.key, read.seen);
    return read;
  }

  /** The registry no longer has this record: it is to be judged. */
  hold(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.set(key, { ...held, isMissing: true });
    this.#due.add(key);
  }

  /** The node wrote its record: what is missing is judged again. */
  onNode(): void {
    for (const { key, isMissing } of this.#held.values()) if (isMissing) this.#due.add(key);
  }

  /** Keys of missing ones to be judged, as many as are read at once. */
  due(): readonly string[] {
    return [...this.#due].slice(0, atOnce);
  }

  /** Judges by what the registry has at these keys, at one revision; `isSynced`: its node says there that it has all. */
  settle(keys: readonly string[], reading: Listing, isSynced: boolean): void {
    const read = new Map(reading.stored.map((stored) => [stored.key, stored]));
    // What came back since it was asked for is newer than the reading.
    for (const key of keys.filter((each) => this.#due.delete(each))) {
      const stored = read.get(key);
      if (stored) this.put(stored);
      else if (isSynced) this.#set(key, undefined);
    }
  }

  /** Forgets all outside of a prefix; undefined: all. */
  keepWithin(prefix: string | undefined): void {
    const outside = [...this.#held.keys()].filter((key) => prefix === undefined || !key.startsWith(prefix));
    for (const key of outside) this.#set(key, undefined);
  }

  /** The keys that the registry has. */
  presentKeys(): readonly string[] {
    return this.values().flatMap(({ key, isMissing }) => (isMissing ? [] : [key]));
  }

  values(): readonly SeenHostPorts[] {
    return [...this.#held.values()];
  }

  #set(key: string, seen: SeenHostPorts | undefined): void {
    if (seen) this.#held.set(key, seen);
    else this.#held.delete(key);
    if (!seen) this.#due.delete(key);
    this.#byPort = undefined;
    this.#changes += 1;
  }
}

/** Keys of host ports, and those of their nodes: what must be read together to judge them. */
export function withNodes(keys: readonly string[]): readonly string[] {
  const nodes = keys.flatMap((key) => parseHostPortsKey(key)?.node ?? []);
  return [...keys, ...new Set(nodes.map(nodeKey))];
}

function indexed(all: readonly SeenHostPorts[]): ReadonlyMap<number, readonly ContainerHostPort[]> {
  const byPort = new Map<number, ContainerHostPort[]>();
  for (const { container12, ports } of all) {
    for (const { ip, port } of ports) byPort.set(port, [...(byPort.get(port) ?? []), { ip, port, container12 }]);
  }
  return byPort;
}

function readHostPorts({ key, value }: Stored): Read<SeenHostPorts> {
  const at = parseHostPortsKey(key);
  if (!at) return unreadable(key, { code: "key-not-valid", reason: "the key is not that of a container's host ports" });
  const decoded = decode(hostPortsRecordSchema, value);
  if (!decoded.ok) return unreadable(key, decoded);
  return { ok: true, seen: { key, container12: at.container12, ports: decoded.record.ports, isMissing: false } };
}
