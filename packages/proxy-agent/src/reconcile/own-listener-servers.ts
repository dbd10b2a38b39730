import { byText } from "@fairway/contract";
import type { Listener, Server } from "@fairway/haproxy";
import type { Log } from "@fairway/program";
import type { Desired, EndpointRejection } from "../desired/desired.ts";

/** A listener, and what it is without servers that lead back into HAProxy. */
type Cut = { readonly looping: readonly Server[]; readonly listener: Listener; readonly ports: ReadonlySet<number> };

/**
 * Servers at addresses of this machine where HAProxy itself listens: whoever is sent there comes back in, for ever if
 * one leads to the other. Which ports those are is known once it is known which listeners can be bound: the port of a
 * container on this machine never is one of them, whoever asks for it as a front port.
 */
export class OwnListenerServers {
  readonly #log: Pick<Log, "warn">;
  readonly #cuts = new WeakMap<Listener, Cut>();
  /** The ports of HAProxy's listeners: the same object until one comes or goes. */
  #ports: ReadonlySet<number> = new Set();
  #rejections: ReadonlyMap<string, EndpointRejection> = new Map();

  constructor(log: Pick<Log, "warn">) {
    this.#log = log;
  }

  /** Endpoints that are left out, in order. */
  get rejections(): readonly EndpointRejection[] {
    return [...this.#rejections.values()].sort((a, b) => byText(a.key, b.key));
  }

  /** What can be bound, without those servers. A listener that is left the same is the same object every time. */
  leaveOut(bindable: Desired): Desired {
    const { listeners } = bindable;
    if (!listeners.some(({ hasLocalServers }) => hasLocalServers)) {
      if (this.#rejections.size > 0) this.#rejections = new Map();
      return bindable;
    }
    this.#setPorts(listeners);
    const cuts = listeners.map((listener) => (listener.hasLocalServers ? this.#cut(listener) : uncut(listener)));
    this.#tell(cuts);
    return { ...bindable, listeners: cuts.map(({ listener }) => listener) };
  }

  #setPorts(listeners: readonly Listener[]): void {
    const ports = new Set(listeners.map(({ port }) => port));
    const isSame = ports.size === this.#ports.size && listeners.every(({ port }) => this.#ports.has(port));
    if (!isSame) this.#ports = ports;
  }

  /** A listener and ports that are as before are not looked through again, however many servers it has. */
  #cut(listener: Listener): Cut {
    const ports = this.#ports;
    const known = this.#cuts.get(listener);
    if (known?.ports === ports) return known;
    const isLooping = ({ isLocal, port }: Server) => isLocal === true && ports.has(port);
    const looping = listener.servers.filter(isLooping);
    const isSame = known?.looping.length === looping.length && looping.every((each, at) => each === known.looping[at]);
    const cut = isSame ? { ...known, ports } : { looping, listener: without(looping, listener), ports };
    this.#cuts.set(listener, cut);
    return cut;
  }

  #tell(cuts: readonly Pick<Cut, "looping">[]): void {
    const before = this.#rejections;
    this.#rejections = new Map(
      cuts.flatMap(({ looping }) => looping.map((server) => [server.endpoint, rejectionOf(server)] as const)),
    );
    for (const [key, rejection] of this.#rejections) if (!before.has(key)) this.#log.warn(rejection, "not served");
  }
}

function without(looping: readonly Server[], listener: Listener): Listener {
  if (looping.length === 0) return listener;
  const out = new Set(looping);
  return { ...listener, servers: listener.servers.filter((server) => !out.has(server)) };
}

function uncut(listener: Listener): Pick<Cut, "looping" | "listener"> {
  return { looping: [], listener };
}

function rejectionOf({ ip, port, endpoint }: Server): EndpointRejection {
  const reason = `its address ${ip}:${port} is this proxy's own listener on port ${port}`;
  return { code: "loop", key: endpoint, reason };
}
