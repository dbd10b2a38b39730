import { parseEndpointKey } from "@fairway/contract";
import { type Listing, type SeenWrite, type SubscriptionEvent } from "@fairway/registry";
import { isOtherMachine, type Absence } from "./absence.ts";
import { portsOf, type EndpointIndex } from "./endpoint-index.ts";
import { judge } from "./gone.ts";
import { expiredOrphans, nextLook, type Missed } from "./orphans.ts";
import { Records, type Told } from "./records.ts";
import type { ListenerSlice, PlacedEndpoint, SeenEndpoint, SeenNode, UnreadableRecord } from "./seen.ts";
import type { ViewSnapshot } from "./view-snapshot.ts";
import { Touches, type Touched } from "./endpoint-index.ts";
import { writtenView, type WrittenView } from "./write-view.ts";

/** What was asked before a node spoke is asked again after this long. */
const askAgainMs = 20;

/** After a new session missing endpoints are held this long: their registrars may be about to write them again. */
const holdMs = 3000;

/**
 * The subscribed records as they were last known: fed by a subscription, read by front port. What the registry no
 * longer has stays until it is judged gone. Every method that changes it answers what to look at again; one endpoint's
 * change costs hardly more among many than alone. Times are ms since 1970.
 */
export class View {
  readonly #records: Records;
  readonly #absences: Map<string, Absence>;
  #isComplete = false;
  #isConnected = false;

  /** Begins with what an earlier agent knew, or with nothing. */
  constructor(known?: ViewSnapshot) {
    this.#records = new Records(known);
    this.#absences = new Map(known?.absences.map((absence) => [absence.key, absence]));
  }

  /** The revision up to which it holds everything. */
  get revision(): bigint {
    return this.#records.revision;
  }

  /** True once this agent has seen everything in scope. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** True while a session with the registry lasts. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  get endpoints(): Pick<EndpointIndex, "size" | "get" | "ports" | "values"> {
    return this.#records.endpoints;
  }

  get unreadable(): ReadonlyMap<string, UnreadableRecord> {
    return this.#records.unreadable;
  }

  /** Endpoints that the registry has no longer and that are still served, by key. */
  get absences(): ReadonlyMap<string, Absence> {
    return this.#absences;
  }

  /** The newest write that it holds and the registry must know, unless it was restored from a backup. */
  newest(): SeenWrite | undefined {
    return this.#records.newest();
  }

  /** What stands behind one front port now. */
  slice(port: number): ListenerSlice {
    const endpoints = [...this.#records.endpoints.atPort(port)];
    return { port, endpoints: endpoints.map((endpoint) => this.#placed(endpoint)) };
  }

  /** One endpoint as it stands behind a front port now; undefined: it does not. */
  at(port: number, key: string): PlacedEndpoint | undefined {
    const endpoint = this.#records.endpoints.get(key);
    return endpoint && portsOf(endpoint).includes(port) ? this.#placed(endpoint) : undefined;
  }

  /** Takes in what a subscription tells. */
  fold(event: SubscriptionEvent, now: number): Touched {
    this.#isConnected = event.type !== "lost";
    if (event.type === "lost") return new Touches();
    if (event.type === "changed") {
      return this.#act(this.#records.foldChanges(event.revision, event.changes), { now, heldUntil: now });
    }
    this.#isComplete = true;
    return this.#act(this.#records.foldListing(event.listing, event.hasForgotten), { now, heldUntil: now + holdMs });
  }

  /** Missing endpoints whose time to be judged has come. */
  toJudge(now: number): readonly SeenEndpoint[] {
    const due = this.#missed().filter(({ absence }) => absence.state === "missing" && absence.heldUntil <= now);
    return due.map(({ endpoint }) => endpoint);
  }

  /** Judges missing endpoints by what the registry has at the keys of `keysToJudge`, at one revision. */
  settle(endpoints: readonly SeenEndpoint[], reading: Listing, now: number): Touched {
    const touched = new Touches();
    // What was told since the reading was asked for is newer than it.
    const missing = endpoints.filter((each) => {
      return this.#absences.has(each.key) && this.#records.endpoints.get(each.key) === each;
    });
    for (const [key, verdict] of judge(missing, reading, (node) => this.#records.nodes.isSynced(node))) {
      if (verdict.is === "gone") this.#remove(key, touched);
      if (verdict.is === "orphaned") this.#isOrphaned(key, reading.revision, now);
      if (verdict.is === "living")
        touched.all(this.#act(this.#records.foldStored(verdict.stored), { now, heldUntil: now }));
    }
    return touched;
  }

  /** Lets go of orphans whose check fails: only a republished record brings them back. */
  checkFailed(keys: Iterable<string>): Touched {
    return this.#removeAll([...keys].filter((key) => this.#absences.get(key)?.state === "orphaned"));
  }

  /** Lets go of orphans whose grace has passed, but of no listener's last servers. */
  leaveExpired(now: number, graceMs: number): Touched {
    const rules = { now, graceMs, hasLiving: (port: number) => this.#hasLiving(port) };
    return this.#removeAll(expiredOrphans(this.#missed(), rules));
  }

  /** Lets go of every endpoint outside of a scope: another one's, that an earlier agent knew. */
  keepWithin(prefixes: readonly string[]): Touched {
    const keys = [...this.#records.endpoints.values()].map(({ key }) => key);
    return this.#removeAll(keys.filter((key) => !prefixes.some((prefix) => key.startsWith(prefix))));
  }

  /** When time alone next decides something; Infinity: never. */
  nextLook(now: number, graceMs: number): number {
    return nextLook(this.#absences.values(), { now, graceMs });
  }

  /** As plain data, for snapshot.json. */
  snapshot(): WrittenView {
    return writtenView(this.#records, this.#absences.values());
  }

  #placed(endpoint: SeenEndpoint): PlacedEndpoint {
    const age = this.#records.services.ageOf(endpoint.service);
    return { endpoint, age, isLiving: !this.#absences.has(endpoint.key) };
  }

  #act({ touched, present, missing, nodes }: Told, times: Times): Touched {
    for (const key of present) this.#isThere(key, touched);
    for (const key of missing) this.#isMissing(key, times, touched);
    for (const node of nodes) this.#nodeSpoke(node, touched);
    return touched;
  }

  /** A living record is served, and missed ones with its address are not: addresses are used again. */
  #isThere(key: string, touched: Touches): void {
    const endpoint = this.#records.endpoints.get(key);
    if (!endpoint) return;
    if (this.#absences.delete(key)) touched.endpoint(endpoint);
    if (this.#absences.size === 0) return;
    for (const other of this.#records.endpoints.sharing(endpoint)) {
      if (this.#absences.has(other.key)) this.#remove(other.key, touched);
    }
  }

  #isMissing(key: string, { now, heldUntil }: Times, touched: Touches): void {
    const endpoint = this.#records.endpoints.get(key);
    if (!endpoint || this.#absences.has(key)) return;
    const machine = this.#records.nodes.machineOf(endpoint.at.node) ?? null;
    this.#absences.set(key, { key, state: "missing", since: now, heldUntil, machine });
    touched.endpoint(endpoint);
    const others = this.#records.endpoints.sharing(endpoint);
    if (others.some((other) => !this.#absences.has(other.key))) this.#remove(key, touched);
  }

  #nodeSpoke(node: SeenNode, touched: Touches): void {
    if (this.#absences.size === 0 || !this.#records.nodes.hasSay(node)) return;
    const missed = this.#missed().filter(({ endpoint }) => endpoint.at.node === node.node);
    for (const { endpoint, absence } of missed) {
      if (isOtherMachine(absence.machine, node)) this.#remove(endpoint.key, touched);
      else if (this.#records.nodes.isSynced(node)) this.#change(endpoint.key, { state: "missing" });
    }
  }

  /** Its node may have spoken since the registry was asked: then what was read then decides nothing. */
  #isOrphaned(key: string, readAt: bigint, now: number): void {
    const node = this.#records.nodes.get(parseEndpointKey(key)?.node ?? "");
    const hasSpokenSince = node !== undefined && node.modRevision > readAt && this.#records.nodes.isSynced(node);
    this.#change(key, hasSpokenSince ? { heldUntil: now + askAgainMs } : { state: "orphaned" });
  }

  #change(key: string, change: Partial<Absence>): void {
    const absence = this.#absences.get(key);
    if (absence) this.#absences.set(key, { ...absence, ...change });
  }

  #removeAll(keys: readonly string[]): Touched {
    const touched = new Touches();
    for (const key of keys) this.#remove(key, touched);
    return touched;
  }

  #remove(key: string, touched: Touches): void {
    this.#absences.delete(key);
    const endpoint = this.#records.endpoints.remove(key);
    if (endpoint) touched.endpoint(endpoint);
  }

  #missed(): readonly Missed[] {
    return [...this.#absences.values()].flatMap((absence) => {
      const endpoint = this.#records.endpoints.get(absence.key);
      return endpoint ? [{ endpoint, absence }] : [];
    });
  }

  #hasLiving(port: number): boolean {
    return [...this.#records.endpoints.atPort(port)].some(
      ({ key, state }) => state === "ready" && !this.#absences.has(key),
    );
  }
}

type Times = { readonly now: number; readonly heldUntil: number };
