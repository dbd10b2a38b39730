import { changeServers, type SortedServers } from "@fairway/haproxy";
import type { PlacedEndpoint } from "../registry/seen.ts";
import { lostTo, winnerOf, type Candidate } from "./address-conflicts.ts";
import type { EndpointRejection } from "./desired.ts";
import type { Listener, Server } from "@fairway/haproxy";
import { judgeEndpoint } from "./endpoint-to-server.ts";
import type { ListenerFacts } from "./listener-facts.ts";
import { listenerSettings } from "./listener-facts.ts";
import { isSameServer } from "./endpoint-to-server.ts";
import { inOrder } from "@fairway/contract";

/** One listener, if anything can be served on its port, and what is refused there. */
export type ListenerOutcome = {
  readonly listener: Listener | undefined;
  /** Sorted. */
  readonly rejections: readonly EndpointRejection[];
};

/** One endpoint, and what has been decided about it. */
type Judged = {
  readonly placed: PlacedEndpoint;
  /** Its service, if it can be served, even while it takes no traffic yet. */
  readonly service: string | undefined;
  readonly candidate: Candidate | undefined;
  readonly rejections: readonly EndpointRejection[];
};

/**
 * What stands behind one front port, kept endpoint by endpoint: one change costs hardly more among many than alone, as
 * a list is copied and walked, some nanoseconds a server. The outcome depends on what stands there alone, never on the
 * order in which it came.
 */
export class ListenerBook {
  readonly #port: number;
  readonly #facts: ListenerFacts;
  readonly #judged = new Map<string, Judged>();
  /** Several at one place contend for it. */
  readonly #atPlace = new Map<string, readonly Candidate[]>();
  readonly #contested = new Set<string>();
  /** How many endpoints of each service can be served. */
  readonly #services = new Map<string, number>();
  readonly #refused = new Map<string, readonly EndpointRejection[]>();
  /** Undefined: to be gathered anew. */
  #rejections: readonly EndpointRejection[] | undefined;
  /** Places that changed since the last outcome, with the server that stood there then. */
  readonly #changed = new Map<string, Server | undefined>();
  #servers: SortedServers<Server> = [];
  #outcome: ListenerOutcome | undefined;

  constructor(port: number, facts: ListenerFacts) {
    this.#port = port;
    this.#facts = facts;
  }

  /** Takes in how one endpoint stands there now; undefined: not at all. */
  set(key: string, placed: PlacedEndpoint | undefined): void {
    const before = this.#judged.get(key);
    if (isSame(before?.placed, placed)) return;
    this.#outcome = undefined;
    if (before) this.#leave(key, before);
    if (placed) this.#enter(key, this.#judge(placed, before?.candidate?.server));
  }

  /** Takes in all that stands there now. */
  setAll(endpoints: readonly PlacedEndpoint[]): void {
    const keys = new Set(endpoints.map(({ endpoint }) => endpoint.key));
    for (const key of this.#judged.keys()) if (!keys.has(key)) this.set(key, undefined);
    for (const placed of endpoints) this.set(placed.endpoint.key, placed);
  }

  /**
   * The listener, with several services on one port sharing it. It exists as soon as one endpoint can be reached, even
   * if that one takes no traffic yet. The same object as before when nothing changed.
   */
  outcome(): ListenerOutcome {
    this.#rejections ??= this.#gatherRejections();
    this.#outcome ??= { listener: this.#listener(), rejections: this.#rejections };
    return this.#outcome;
  }

  /** A server that comes out as it was stays the same object: a restarted registrar writes all of its records again. */
  #judge(placed: PlacedEndpoint, former: Server | undefined): Judged {
    const { endpoint } = placed;
    const { isServable, server, place, rejections } = judgeEndpoint(endpoint, this.#port, this.#facts);
    const candidate = server && { placed, server: former && isSameServer(former, server) ? former : server, place };
    return { placed, service: isServable ? endpoint.service : undefined, candidate, rejections };
  }

  #enter(key: string, judged: Judged): void {
    const { service, candidate, rejections } = judged;
    this.#judged.set(key, judged);
    if (service !== undefined) this.#count(service, 1);
    this.#refuse(key, rejections);
    if (candidate) this.#change(candidate.place, (others) => [...others, candidate]);
  }

  #leave(key: string, { service, candidate }: Judged): void {
    this.#judged.delete(key);
    if (service !== undefined) this.#count(service, -1);
    this.#refuse(key, []);
    if (candidate) this.#change(candidate.place, (others) => others.filter((each) => each !== candidate));
  }

  #refuse(key: string, rejections: readonly EndpointRejection[]): void {
    if (rejections.length === 0 && !this.#refused.delete(key)) return;
    if (rejections.length > 0) this.#refused.set(key, rejections);
    this.#rejections = undefined;
  }

  #count(service: string, by: number): void {
    const count = (this.#services.get(service) ?? 0) + by;
    if (count === 0) this.#services.delete(service);
    else this.#services.set(service, count);
  }

  #change(place: string, change: (candidates: readonly Candidate[]) => readonly Candidate[]): void {
    const before = this.#atPlace.get(place) ?? [];
    if (!this.#changed.has(place)) this.#changed.set(place, winnerOf(before)?.server);
    const now = change(before);
    if (now.length === 0) this.#atPlace.delete(place);
    else this.#atPlace.set(place, now);
    if (Math.max(before.length, now.length) > 1) this.#rejections = undefined;
    if (now.length > 1) this.#contested.add(place);
    else this.#contested.delete(place);
  }

  #listener(): Listener | undefined {
    const servers = this.#currentServers();
    if (this.#services.size === 0) return undefined;
    const services = [...this.#services.keys()].sort();
    return { port: this.#port, ssl: false, services, settings: listenerSettings(this.#port, this.#facts), servers };
  }

  #currentServers(): SortedServers<Server> {
    const put: Server[] = [];
    const remove: string[] = [];
    for (const [place, before] of this.#changed) {
      const now = winnerOf(this.#atPlace.get(place) ?? [])?.server;
      if (now === before) continue;
      if (before) remove.push(before.name);
      if (now) put.push(now);
    }
    this.#changed.clear();
    if (put.length + remove.length === 0) return this.#servers;
    this.#servers = changeServers(this.#servers, { put, remove });
    return this.#servers;
  }

  #gatherRejections(): readonly EndpointRejection[] {
    const lost = [...this.#contested].flatMap((place) => {
      const candidates = this.#atPlace.get(place) ?? [];
      const winner = winnerOf(candidates);
      return winner ? lostTo(winner, candidates) : [];
    });
    return [...[...this.#refused.values()].flat(), ...lost].sort(inOrder);
  }
}

function isSame(a: PlacedEndpoint | undefined, b: PlacedEndpoint | undefined): boolean {
  return a?.endpoint === b?.endpoint && a?.age === b?.age && a?.isLiving === b?.isLiving;
}
