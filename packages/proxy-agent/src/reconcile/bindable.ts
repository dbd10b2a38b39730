import { createServer } from "node:net";
import type { Line, Listener, Sections } from "@fairway/haproxy";
import type { Log } from "@fairway/program";
import type { Desired } from "../desired/desired.ts";
import { holderOf, isInTheWay, listeningSockets, socketsOf } from "./listening-sockets.ts";
import type { Observed } from "./observed.ts";

/** A listener, or the stats page, that is left out because its address cannot be had. */
export type ListenerRefusal = {
  readonly listener: number;
  readonly code: "port-taken";
  /** Which address, and who holds it where that can be read. */
  readonly reason: string;
};

/** A local address to listen on: `0.0.0.0`, `::` (IPv6 alone) or one address. */
export type BindAddress = { readonly address: string; readonly port: number };

/** So many are probed at once: each takes a file descriptor for a moment. */
const probedAtOnce = 64;

/** What of the desired can be bound. Listeners whose address cannot be had are left out until a probe finds it free. */
export class Bindable {
  readonly #log: Log;
  #refusals: ReadonlyMap<number, ListenerRefusal> = new Map();

  constructor(log: Log) {
    this.#log = log;
  }

  /** True while any listener is left out. */
  get hasRefusals(): boolean {
    return this.#refusals.size > 0;
  }

  /** The listeners of these that are left out. */
  refusalsIn({ listeners, sections }: Desired): readonly ListenerRefusal[] {
    const ports = new Set([...listeners, ...statsBinds(sections)].map(({ port }) => port));
    return [...this.#refusals.values()].filter(({ listener }) => ports.has(listener));
  }

  /** The desired without the listeners that are left out, and without the stats page when it is. */
  select(desired: Desired): Desired {
    if (this.#refusals.size === 0) return desired;
    const { listeners, sections } = desired;
    const hasStats = !statsBinds(sections).some(({ port }) => this.#refusals.has(port));
    return {
      listeners: listeners.filter(({ port }) => !this.#refusals.has(port)),
      sections: hasStats ? sections : { ...sections, stats: [] },
    };
  }

  /**
   * Probes every address that is desired and not bound yet; `own` are the processes of our HAProxy. Logs what is refused
   * once.
   */
  async probe(desired: Desired, observed: Observed | undefined, own: readonly number[]): Promise<void> {
    const bound = observed ? boundAddresses(observed) : new Set<string>();
    const found = await refusedOf(desired, { bound, own });
    for (const refusal of found) {
      if (this.#refusals.get(refusal.listener)?.reason !== refusal.reason) this.#log.warn(refusal, "listener refused");
    }
    this.#refusals = new Map(found.map((refusal) => [refusal.listener, refusal]));
  }
}

/** Addresses in `bound` are ours already. */
type Held = { readonly bound: ReadonlySet<string>; readonly own: readonly number[] };

async function refusedOf(desired: Desired, held: Held): Promise<readonly ListenerRefusal[]> {
  const refused: ListenerRefusal[] = [];
  for (let from = 0; from < desired.listeners.length; from += probedAtOnce) {
    const listeners = desired.listeners.slice(from, from + probedAtOnce);
    const reasons = await Promise.all(listeners.map((listener) => whyNot(bindsOf(listener), held)));
    for (const [at, { port }] of listeners.entries()) {
      const reason = reasons[at];
      if (reason !== undefined) refused.push({ listener: port, code: "port-taken", reason });
    }
  }
  const stats = statsBinds(desired.sections);
  const reason = await whyNot(stats, held);
  for (const { port } of reason === undefined ? [] : stats.slice(0, 1)) {
    refused.push({ listener: port, code: "port-taken", reason: `STATS_PORT: ${reason}` });
  }
  return refused;
}

/** Why one of these addresses cannot be had; undefined: all can. */
async function whyNot(binds: readonly BindAddress[], { bound, own }: Held): Promise<string | undefined> {
  for (const bind of binds) {
    const reason = bound.has(bindKey(bind)) ? undefined : await probeBind(bind, own);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/**
 * Binds an address itself, briefly, because `haproxy -c` does not see a taken port and a reload onto one pauses every
 * listener. Undefined: it is free, or only processes of `own` (our HAProxy's) hold it. Else a sentence saying why it
 * cannot be had, and by whom it is held where that can be read.
 */
export async function probeBind(bind: BindAddress, own: readonly number[]): Promise<string | undefined> {
  const code = await tryBind(bind);
  if (code === undefined) return undefined;
  if (code !== "EADDRINUSE") return `${bindKey(bind)} cannot be bound: ${wordsOf(code)}`;
  const inodes = (await listeningSockets()).filter((socket) => isInTheWay(socket, bind)).map(({ inode }) => inode);
  const ours = new Set((await Promise.all(own.map(socketsOf))).flatMap((held) => [...held]));
  const foreign = new Set(inodes.filter((inode) => !ours.has(inode)));
  if (foreign.size === 0 && inodes.length > 0) return undefined;
  const holder = await holderOf(foreign);
  const who = holder ? `${holder.name} (pid ${holder.pid})` : "a process that this agent may not look into";
  return `${bindKey(bind)} is held by ${who}`;
}

/** The code of the error that binding ends in. */
function tryBind({ address, port }: BindAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: address, port, ipv6Only: address === "::", exclusive: true }, () => {
      server.close(() => resolve(undefined));
    });
  });
}

function wordsOf(code: string): string {
  if (code === "EADDRNOTAVAIL") return "this machine has no such address";
  if (code === "EACCES") return "ports below 1024 need a privilege that this agent does not have";
  return code;
}

/** Every address that HAProxy is known to be bound to. */
function boundAddresses({ sections, listeners }: Observed): ReadonlySet<string> {
  const binds = [...listeners.values()].flatMap(({ served }) => (served ? bindsOf(served) : []));
  return new Set([...binds, ...(sections === undefined ? [] : statsBinds(sections))].map(bindKey));
}

function bindsOf({ port, settings }: Pick<Listener, "port" | "settings">): readonly BindAddress[] {
  return settings.addresses.map((address) => ({ address, port }));
}

/** The addresses of the stats page. */
function statsBinds({ stats }: Pick<Sections, "stats">): readonly BindAddress[] {
  return stats.flatMap(bindsOfLine);
}

/** The address of a `bind` line. */
function bindsOfLine({ text }: Line): readonly BindAddress[] {
  const [, v6, v4, port] = /^\s*bind (?:\[([^\]]*)\]|([0-9.]+)):(\d+)/.exec(text) ?? [];
  const address = v6 ?? v4;
  return address === undefined || port === undefined ? [] : [{ address, port: Number(port) }];
}

/** `address:port` as one word. */
function bindKey({ address, port }: BindAddress): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
