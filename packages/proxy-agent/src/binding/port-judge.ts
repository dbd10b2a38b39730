import { overlaps } from "@fairway/contract";
import type { BindAddress } from "@fairway/program";
import type { HostPortsAt } from "../desired/own-host-ports.ts";
import { findHolders, SocketLook, type HoldingProcess } from "./holding-processes.ts";
import type { WantedBinds } from "./binds.ts";
import type { Observed } from "../observed.ts";
import { bindKey, probeAddress, stranger, type Finding } from "./probe-bind.ts";
import type { SeenHolder, TakenPorts, Waiting } from "./taken-ports.ts";

/** A listener, or one of HAProxy's own pages, that is left out because its address cannot be had. */
export type ListenerRefusal = {
  readonly listener: number;
  /** `port-owed`: it is served all the same, as it was there first. */
  readonly code: "port-taken" | "port-published" | "port-owed" | "too-many-listeners";
  /** Which address, and who holds it where that can be read. */
  readonly reason: string;
};

/** What a {@link PortJudge} goes by. */
export type PortJudgeOptions = {
  readonly hostPortsAt: HostPortsAt;
  /** Addresses that other programs were seen to hold. */
  readonly taken: TakenPorts;
};

/** What is known of HAProxy when ports are judged. */
export type JudgedAt = {
  /** Addresses that it has, as {@link bindKey} writes them. */
  readonly bound: ReadonlySet<string>;
  readonly observed: Observed | undefined;
  /** Its processes. */
  readonly own: readonly number[];
  /** How long may be looked for who holds a port. */
  readonly withinMs: number;
};

/** Why one listener cannot be bound: the first of its addresses that cannot. */
type Obstacle = { readonly wanted: WantedBinds; readonly bind: BindAddress; readonly why: Why };
type Why =
  | Exclude<Finding, { readonly kind: "free" }>
  | { readonly kind: "host-port"; readonly container12: string }
  | { readonly kind: "waiting"; readonly waiting: Waiting };

/** So many are probed at once: each takes a file descriptor for a moment. */
const probedAtOnce = 64;

/**
 * Says which addresses HAProxy may not begin to bind: those that a container of this node has a right to, those that
 * another program holds or was seen to hold a short time ago, and those that the kernel refuses.
 */
export class PortJudge {
  readonly #options: PortJudgeOptions;
  /** Who holds a socket, by its inode, of those in the way at the last look. */
  #holders: ReadonlyMap<string, HoldingProcess> = new Map();

  constructor(options: PortJudgeOptions) {
    this.#options = options;
  }

  /** Why each of these cannot be bound now, by listener; those that can are left out. */
  async judge(all: readonly WantedBinds[], at: JudgedAt): Promise<ReadonlyMap<number, ListenerRefusal>> {
    if (all.length === 0) return new Map();
    const look = await SocketLook.take(at.own);
    const obstacles: Obstacle[] = [];
    for (let from = 0; from < all.length; from += probedAtOnce) {
      const some = all.slice(from, from + probedAtOnce);
      const found = await Promise.all(some.map((wanted) => this.#obstacleOf(wanted, look, at)));
      obstacles.push(...found.filter((each) => each !== undefined));
    }
    const nameOf = await this.#nameHolders(obstacles, at.withinMs);
    return new Map(obstacles.map((each) => [each.wanted.listener, this.#refusalOf(each, nameOf)]));
  }

  /** Listeners that HAProxy has although a container of this node has a right to their port. */
  owed(all: readonly WantedBinds[], observed: Observed | undefined): readonly ListenerRefusal[] {
    const had = all.filter(({ listener, page }) => page === undefined && observed?.listeners.has(listener));
    return had.flatMap(({ listener, binds }) => {
      const containers = binds.flatMap((bind) => this.#containerAt(bind) ?? []);
      if (containers[0] === undefined) return [];
      const reason = `this proxy listens on ${listener} since before container ${containers[0]} of this node took that port: the container cannot have it; give one of them another port`;
      return [{ listener, code: "port-owed", reason }];
    });
  }

  async #obstacleOf(wanted: WantedBinds, look: SocketLook, at: JudgedAt): Promise<Obstacle | undefined> {
    for (const bind of wanted.binds) {
      const why = at.bound.has(bindKey(bind)) ? undefined : await this.#whyNot(bind, look, at);
      if (why !== undefined) return { wanted, bind, why };
    }
    return undefined;
  }

  async #whyNot(bind: BindAddress, look: SocketLook, { observed }: JudgedAt): Promise<Why | undefined> {
    const { isOurs, foreign } = look.at(bind);
    // With which addresses an adopted HAProxy listens is not known, but on which ports.
    const had = observed?.listeners.get(bind.port);
    const hasIt = isOurs || (had !== undefined && had.served === undefined);
    const container12 = hasIt ? undefined : this.#containerAt(bind);
    if (container12 !== undefined) return { kind: "host-port", container12 };
    const waiting = foreign.length > 0 ? undefined : this.#options.taken.free(bindKey(bind), performance.now());
    if (waiting) return { kind: "waiting", waiting };
    const finding = await probeAddress(bind, look);
    return finding.kind === "free" ? undefined : finding;
  }

  #containerAt({ address, port }: BindAddress): string | undefined {
    return this.#options.hostPortsAt(port).find(({ ip }) => overlaps(ip, address))?.container12;
  }

  /** The words for who holds some sockets. */
  async #nameHolders(obstacles: readonly Obstacle[], withinMs: number): Promise<NameOf> {
    const held = new Set(obstacles.flatMap(({ why }) => (why.kind === "held" ? why.inodes : [])));
    const known = [...this.#holders].filter(([inode]) => held.has(inode));
    const asked = new Set([...held].filter((inode) => !this.#holders.has(inode)));
    const { holders, isWhole } = await findHolders(asked, withinMs);
    this.#holders = new Map([...known, ...holders]);
    return (inodes) => {
      const holder = inodes.map((inode) => this.#holders.get(inode)).find((each) => each !== undefined);
      if (holder) return { words: `${holder.name} (pid ${holder.pid})`, isTold: true };
      return { words: isWhole ? stranger : "another program", isTold: false };
    };
  }

  #refusalOf({ wanted, bind, why }: Obstacle, nameOf: NameOf): ListenerRefusal {
    const { listener, page } = wanted;
    const address = `${page === undefined ? "" : `${settingOf[page]}: `}${bindKey(bind)}`;
    if (why.kind === "host-port") {
      const reason = `${address} is for container ${why.container12} of this node, which publishes it or serves it in the host's network: connect to the container there, or give one of them another port`;
      return { listener, code: "port-published", reason };
    }
    return { listener, code: "port-taken", reason: `${address} ${this.#wordsOf(bind, why, nameOf)}` };
  }

  #wordsOf(bind: BindAddress, why: Exclude<Why, { readonly kind: "host-port" }>, nameOf: NameOf): string {
    if (why.kind === "refused") return why.reason;
    if (why.kind === "waiting") {
      const seconds = Math.round(this.#options.taken.freeForMs / 1000);
      return `was held by ${why.waiting.holder} until a short time ago: it is taken once it has been free for ${seconds} s`;
    }
    const holder = nameOf(why.inodes);
    this.#options.taken.see(bindKey(bind), holder, performance.now());
    return `is held by ${holder.words}`;
  }
}

/** The settings that give HAProxy's own pages their ports. */
const settingOf = { stats: "STATS_PORT", monitor: "MONITOR_PORT" } as const;

type NameOf = (inodes: readonly string[]) => SeenHolder;
