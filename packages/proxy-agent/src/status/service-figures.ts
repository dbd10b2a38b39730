import { frontOf, parseEndpointKey, type Front, type ServicesAnswer } from "@fairway/contract";
import type { Haproxy, Listener, ServerFigures } from "@fairway/haproxy";

/** States of servers as metrics name them. */
export const serverStates = ["up", "down", "drain", "maint"] as const;

type ServerState = (typeof serverStates)[number];

/** What the servers of one service have done and do. */
export type ServiceFigure = {
  readonly project: string;
  readonly service: string;
  sessions: number;
  bytesIn: number;
  bytesOut: number;
  connectErrors: number;
  current: number;
  /** Connections that wait for one of its servers. */
  queued: number;
  /** Mean time to connect of its servers' last connections, seconds; undefined: it had none. */
  connectS: number | undefined;
  servers: Record<ServerState, number>;
};

/** What a {@link ServiceFigures} works with. */
export type ServiceFiguresOptions = {
  readonly haproxy: Pick<Haproxy, "figures">;
  /** The listeners that HAProxy runs; servers that are leaving need not be among them. */
  readonly listeners: () => readonly Listener[];
  readonly now: () => number;
};

/** More services than this are one in the metrics, named `*`: strangers choose the names. */
const mostServices = 1000;

/** How long an answer of HAProxy's is given to all who ask for it. */
const sharedMs = 1000;

/** How long what a service has done is kept after its last server. */
const keptMs = 3_600_000;

type Seen = { readonly service: string; readonly figures: ServerFigures };
type Kept = { readonly figure: ServiceFigure; seenMs: number; connections: number };

/**
 * Sums up by service what HAProxy counts by server: over servers that come and go, and over workers. HAProxy is asked
 * when somebody wants to know, once a second at most; what it counts between the last look and the end of a server or
 * of a worker is missed.
 */
export class ServiceFigures {
  readonly #options: ServiceFiguresOptions;
  readonly #kept = new Map<string, Kept>();
  #seen: ReadonlyMap<string, Seen> = new Map();
  #pid: number | undefined;
  #looked: { readonly untilMs: number } | undefined;
  #look: Promise<void> | undefined;

  constructor(options: ServiceFiguresOptions) {
    this.#options = options;
  }

  /** By project and service. While HAProxy does not answer: what is known of what was counted, and no server. */
  async ask(): Promise<readonly ServiceFigure[]> {
    if (this.#looked === undefined || this.#options.now() >= this.#looked.untilMs) {
      await (this.#look ??= this.#lookOnce());
    }
    return [...this.#kept.values()].map(({ figure }) => figure);
  }

  /** Before a worker goes, if anybody ever asked: the next one counts from the beginning. */
  async lookNow(): Promise<void> {
    if (this.#pid !== undefined) await (this.#look ??= this.#lookOnce());
  }

  async #lookOnce(): Promise<void> {
    try {
      const { pid, servers } = await this.#options.haproxy.figures();
      this.#take(servers, this.#pid === pid ? this.#seen : undefined);
      this.#pid = pid;
    } catch {
      // It says so itself elsewhere, and what was counted stands.
      this.#rest();
    } finally {
      this.#looked = { untilMs: this.#options.now() + sharedMs };
      this.#look = undefined;
    }
  }

  /** `before`: what the same worker had counted at the last look. */
  #take(servers: readonly ServerFigures[], before: ReadonlyMap<string, Seen> | undefined): void {
    const owners = ownersIn(this.#options.listeners());
    const seen = new Map<string, Seen>();
    this.#rest();
    for (const server of servers) {
      const id = idOf(server.listener, server.name);
      const service = owners.get(id) ?? this.#seen.get(id)?.service;
      if (service === undefined) continue;
      seen.set(id, { service, figures: server });
      add(this.#keptOf(service), server, before?.get(id)?.figures);
    }
    this.#seen = seen;
    const now = this.#options.now();
    for (const [service, { seenMs }] of this.#kept) if (now - seenMs > keptMs) this.#kept.delete(service);
  }

  #rest(): void {
    for (const kept of this.#kept.values()) {
      rest(kept.figure);
      kept.connections = 0;
    }
  }

  #keptOf(service: string): Kept {
    const isRoom = this.#kept.has(service) || this.#kept.size < mostServices;
    const name = isRoom ? service : "*/*";
    let kept = this.#kept.get(name);
    if (kept === undefined) this.#kept.set(name, (kept = fresh(name)));
    kept.seenMs = this.#options.now();
    return kept;
  }
}

function fresh(name: string): Kept {
  const slash = name.indexOf("/");
  const [project, service] = [name.slice(0, slash), name.slice(slash + 1)];
  const servers = { up: 0, down: 0, drain: 0, maint: 0 };
  const none = { sessions: 0, bytesIn: 0, bytesOut: 0, connectErrors: 0, current: 0, queued: 0 };
  return { figure: { project, service, ...none, connectS: undefined, servers }, seenMs: 0, connections: 0 };
}

function rest(figure: ServiceFigure): void {
  figure.current = 0;
  figure.queued = 0;
  figure.connectS = undefined;
  figure.servers = { up: 0, down: 0, drain: 0, maint: 0 };
}

/** As an agent answers it. */
export function toldFigure({
  bytesIn,
  bytesOut,
  connectS,
  ...figure
}: ServiceFigure): ServicesAnswer["services"][number] {
  const connectMs = connectS === undefined ? null : connectS * 1000;
  return { ...figure, receivedBytes: bytesIn, sentBytes: bytesOut, connectMs };
}

/** HAProxy's mean is over so many connections at most. */
const meanOver = 1024;

function add(kept: Kept, server: ServerFigures, before: ServerFigures | undefined): void {
  const { figure } = kept;
  figure.sessions += increase(server.sessions, before?.sessions);
  figure.bytesIn += increase(server.bytesIn, before?.bytesIn);
  figure.bytesOut += increase(server.bytesOut, before?.bytesOut);
  figure.connectErrors += increase(server.connectErrors, before?.connectErrors);
  figure.current += server.current;
  figure.queued += server.queued;
  figure.servers[stateOf(server.status)] += 1;
  const connections = Math.min(server.sessions, meanOver);
  if (connections === 0) return;
  const sum = (figure.connectS ?? 0) * kept.connections + (server.connectMs / 1000) * connections;
  kept.connections += connections;
  figure.connectS = sum / kept.connections;
}

/** A server that was deleted and added again counts from 0. */
function increase(now: number, before = 0): number {
  return now >= before ? now - before : now;
}

function stateOf(status: string): ServerState {
  if (status.startsWith("MAINT")) return "maint";
  if (status.startsWith("DRAIN")) return "drain";
  return status.startsWith("DOWN") ? "down" : "up";
}

function ownersIn(listeners: readonly Listener[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const { servers, ...listener } of listeners) {
    for (const { name, endpoint } of servers) {
      const at = parseEndpointKey(endpoint);
      // What ends at the first slash is the project.
      if (at !== undefined)
        owners.set(idOf(frontOf(listener), name), `${at.project.replaceAll("/", "%2F")}/${at.service}`);
    }
  }
  return owners;
}

function idOf(listener: Front, name: string): string {
  return `${listener} ${name}`;
}
