import { frontOf, reasonOf, type Front } from "@fairway/contract";
import type { Listener } from "@fairway/haproxy";
import { WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import type { Listing } from "@fairway/registry";
import type { RegistryCache } from "./cache.ts";
import { withNodes } from "./host-ports.ts";
import { keysToJudge } from "./missing-endpoints.ts";
import { UnservedOrphans } from "./unserved-orphans.ts";

/** What HAProxy says of one server. */
export type ServerHealth = {
  readonly listener: Front;
  readonly name: string;
  readonly isDown: boolean;
  /** For how long it has been up, in milliseconds; 0: it is not. */
  readonly upMs: number;
};

/** What {@link MissingEndpointsJudge} works with. */
export type JudgeOptions = {
  readonly cache: RegistryCache;
  /** Reads keys of the registry, up to 100 at one revision. Rejects when it is away. */
  readonly get: (keys: readonly string[]) => Promise<Listing>;
  /** The listeners as they were last applied. */
  readonly listeners: () => readonly Listener[];
  /** The health of every server. Rejects when HAProxy does not answer. */
  readonly health: () => Promise<readonly ServerHealth[]>;
  /** ORPHAN_GRACE, in milliseconds. */
  readonly graceMs: number;
  /** Ms since 1970; never jumps back. */
  readonly now: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Two keys an endpoint at most: 100 are read at one revision. */
const atOnce = 50;

/** How often HAProxy's checks of orphans are looked at. */
const healthEveryMs = 1000;

/**
 * How long a server must have been up to be one that works: it is up from its arrival until its check has failed some
 * times.
 */
const provenMs = 60_000;

/**
 * Asks the registry about missing endpoints when the cache changed or their time has come, and HAProxy about the
 * health of orphans and of those beside them every second. While the registry does not answer, everything is held; while
 * HAProxy does not, all orphans are.
 */
export class MissingEndpointsJudge {
  readonly #options: JudgeOptions;
  readonly #queue: WorkQueue<"registry" | "health">;
  readonly #unserved: UnservedOrphans;
  #isRegistryAway = false;
  /** When the earliest change came that is not judged yet, ms of `performance.now()`. */
  #sinceMs: number | undefined;

  constructor(options: JudgeOptions) {
    const { cache, signal } = options;
    this.#options = options;
    this.#unserved = new UnservedOrphans(options.graceMs);
    this.#queue = new WorkQueue({
      work: (key) => (key === "registry" ? this.#judge() : this.#checkHealth()),
      onError: (key, error) => this.#logFailure(key, error),
      concurrency: 2,
      retry: { firstMs: 100, longestMs: 2000 },
      signal,
    });
    cache.on("change", () => this.#wake());
    if (cache.missing.orphans().size > 0) this.#queue.add("health");
  }

  /** Resolves when the signal has aborted and nothing is asked any more. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  #wake(): void {
    const { missing, hostPorts } = this.#options.cache;
    if (missing.size === 0 && hostPorts.due().length === 0) return;
    this.#sinceMs ??= performance.now();
    this.#queue.add("registry");
  }

  async #judge(): Promise<void> {
    const { cache, now, log, signal } = this.#options;
    const sinceMs = this.#sinceMs;
    this.#sinceMs = undefined;
    const judgedAt = await this.#judgeAllDue(sinceMs);
    await this.#judgeHostPorts();
    if (this.#isRegistryAway) log.info({}, "missing endpoints are judged again");
    this.#isRegistryAway = false;
    if (cache.missing.orphans().size > 0) this.#queue.addAfter("health", healthEveryMs);
    const next = cache.missing.nextLook(judgedAt);
    if (next < Infinity && !signal.aborted) this.#queue.addAfter("registry", Math.max(next - now(), 10));
  }

  /** Resolves to the moment at which nothing was due any more: whatever falls due later is judged later. */
  async #judgeAllDue(sinceMs: number | undefined): Promise<number> {
    const { cache, get, now, signal } = this.#options;
    for (;;) {
      const judgedAt = now();
      const due = cache.missing.due(judgedAt).slice(0, atOnce);
      if (due.length === 0 || signal.aborted) return judgedAt;
      cache.settle(due, await get(keysToJudge(due)), { now: now(), sinceMs });
    }
  }

  /** One that no synced node speaks about stays, until its node writes again. */
  async #judgeHostPorts(): Promise<void> {
    const { cache, get, signal } = this.#options;
    for (let keys = cache.hostPorts.due(); keys.length > 0 && !signal.aborted; keys = cache.hostPorts.due()) {
      cache.settleHostPorts(keys, await get(withNodes(keys)));
    }
  }

  async #checkHealth(): Promise<void> {
    const { cache, listeners, health, graceMs, now } = this.#options;
    const orphans = cache.missing.orphans();
    const told = orphans.size === 0 ? [] : await health();
    this.#drop(failingOrphans(orphans, listeners(), told), "orphans removed, their check fails");
    this.#drop(this.#unservedOrphans(orphans, told), "orphans removed, no listener serves them");
    if (orphans.size === 0) return;
    if (cache.missing.hasExpired(now(), graceMs)) {
      const working = workingEndpoints(listeners(), told, Math.min(graceMs, provenMs));
      cache.dropExpired(now(), graceMs, (port, key) => working.has(`${port}/${key}`));
    }
    this.#queue.addAfter("health", healthEveryMs);
  }

  /** None while the registry has not been listed: nobody knows what listeners would serve. */
  #unservedOrphans(orphans: ReadonlySet<string>, told: readonly ServerHealth[]): readonly string[] {
    const { cache, listeners, now } = this.#options;
    const known = cache.isComplete ? [...orphans].flatMap((key) => cache.missing.get(key) ?? []) : [];
    return this.#unserved.take(known, servedEndpoints(listeners(), told), now());
  }

  #drop(orphans: readonly string[], message: string): void {
    if (orphans.length === 0) return;
    this.#options.log.info({ endpoints: orphans }, message);
    this.#options.cache.dropOrphans(orphans);
  }

  #logFailure(key: "registry" | "health", error: unknown): void {
    const { log } = this.#options;
    const reason = reasonOf(error);
    if (key === "health") return log.debug({ reason }, "health of orphans not read");
    if (!this.#isRegistryAway) log.warn({ reason }, "missing endpoints are held, the registry does not answer");
    this.#isRegistryAway = true;
  }
}

/** The orphans whose check fails: every server of theirs that HAProxy has is down, and there is one. */
export function failingOrphans(
  orphans: ReadonlySet<string>,
  listeners: readonly Listener[],
  health: readonly ServerHealth[],
): readonly string[] {
  const isDown = new Map(health.map((each) => [`${each.listener}/${each.name}`, each.isDown]));
  const checks = new Map<string, readonly boolean[]>();
  for (const { servers, ...listener } of listeners) {
    const port = frontOf(listener);
    for (const { name, endpoint } of servers.filter((server) => orphans.has(server.endpoint))) {
      const down = isDown.get(`${port}/${name}`);
      if (down !== undefined) checks.set(endpoint, [...(checks.get(endpoint) ?? []), down]);
    }
  }
  return [...checks].filter(([, downs]) => downs.every(Boolean)).map(([endpoint]) => endpoint);
}

/** The endpoints of which HAProxy has a server. */
export function servedEndpoints(listeners: readonly Listener[], health: readonly ServerHealth[]): ReadonlySet<string> {
  const told = new Set(health.map((each) => `${each.listener}/${each.name}`));
  const served = listeners.flatMap(({ servers, ...listener }) => {
    const port = frontOf(listener);
    return servers.filter(({ name }) => told.has(`${port}/${name}`)).map(({ endpoint }) => endpoint);
  });
  return new Set(served);
}

/** `port/key` of endpoints that have a server there that has been up for so long: this proxy reaches them, and they work. */
export function workingEndpoints(
  listeners: readonly Listener[],
  health: readonly ServerHealth[],
  provenMs: number,
): ReadonlySet<string> {
  const proven = new Set(health.filter(({ upMs }) => upMs >= provenMs).map((each) => `${each.listener}/${each.name}`));
  const working = listeners.flatMap(({ servers, ...listener }) => {
    const port = frontOf(listener);
    return servers.filter(({ name }) => proven.has(`${port}/${name}`)).map(({ endpoint }) => `${port}/${endpoint}`);
  });
  return new Set(working);
}
