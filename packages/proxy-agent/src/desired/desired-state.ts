import type { ListenerSlice, PlacedEndpoint } from "../registry/seen.ts";
import { assemble, rejectionsOf } from "./desired-config.ts";
import type { Desired, EndpointRejection } from "./desired.ts";
import type { Listener, Sections } from "@fairway/haproxy";
import { ListenerBook, type ListenerOutcome } from "./listener-builder.ts";
import type { ListenerFacts } from "./listener-facts.ts";
import { refusePort } from "./ports.ts";

/** A listener whose last endpoint left. Plain data: part of the snapshot. */
export type EmptyListener = {
  readonly listener: Listener;
  /** Ms since 1970. */
  readonly emptySince: number;
};

/** How long empty listeners stay. */
export type IndexOptions = {
  readonly facts: ListenerFacts;
  readonly sections: Sections;
  /** LISTENER_GRACE: a restart of a single replica reloads nothing. */
  readonly listenerGraceMs: number;
  /** Empty listeners that an earlier agent kept. */
  readonly empty?: readonly EmptyListener[];
};

/** Where the index looks: a view. */
export type Lookup = {
  /** What stands behind a front port now. */
  readonly slice: (port: number) => ListenerSlice;
  /** One endpoint as it stands there now; undefined: it does not. */
  readonly at: (port: number, key: string) => PlacedEndpoint | undefined;
};

/** Which listener to look at, and which endpoints there, by key; undefined: all. */
export type Look = { readonly port: number; readonly keys: ReadonlySet<string> | undefined };

/** What is desired, kept endpoint by endpoint: one is looked at again without the others. Times are ms since 1970. */
export class DesiredIndex {
  readonly #options: IndexOptions;
  readonly #books = new Map<number, ListenerBook>();
  readonly #outcomes = new Map<number, ListenerOutcome>();
  readonly #emptySince = new Map<number, number>();
  #facts: ListenerFacts;
  #sections: Sections;
  /** All of them; undefined: they have changed. */
  #rejections: Desired["rejections"] | undefined;

  constructor(options: IndexOptions) {
    this.#options = options;
    this.#facts = options.facts;
    this.#sections = options.sections;
    for (const { listener, emptySince } of options.empty ?? []) this.#keepEmpty(listener, emptySince);
  }

  /** The whole, for one application. */
  desired(): Desired {
    const outcomes = [...this.#outcomes.values()];
    this.#rejections ??= rejectionsOf(outcomes);
    return assemble(this.#sections, outcomes, this.#rejections);
  }

  setSections(sections: Sections): void {
    this.#sections = sections;
  }

  /** Stands elsewhere: everything has to be looked at again. */
  setFacts(facts: ListenerFacts): void {
    this.#facts = facts;
    this.#books.clear();
  }

  /** Decides one listener again. Answers what is refused there. */
  look({ port, keys }: Look, lookup: Lookup, now: number): readonly EndpointRejection[] {
    const before = this.#outcomes.get(port);
    const outcome = this.#read({ port, keys }, lookup);
    const listener = outcome.listener ?? this.#lingering(before?.listener, now);
    if (outcome.rejections !== before?.rejections) this.#rejections = undefined;
    if (outcome.listener) this.#emptySince.delete(port);
    if (listener || outcome.rejections.length > 0) this.#outcomes.set(port, { ...outcome, listener });
    else this.#forget(port);
    return outcome.rejections;
  }

  /** Ports that something is decided about. */
  ports(): Iterable<number> {
    return this.#outcomes.keys();
  }

  /** Ports of empty listeners whose grace has passed. */
  expired(now: number): readonly number[] {
    const { listenerGraceMs } = this.#options;
    return [...this.#emptySince].filter(([, since]) => since + listenerGraceMs <= now).map(([port]) => port);
  }

  /** When an empty listener's grace next passes; Infinity: never. */
  nextLook(): number {
    return Math.min(...this.#emptySince.values()) + this.#options.listenerGraceMs;
  }

  /** Empty listeners, for the snapshot. */
  empty(): readonly EmptyListener[] {
    return [...this.#emptySince].flatMap(([port, emptySince]) => {
      const listener = this.#outcomes.get(port)?.listener;
      return listener ? [{ listener, emptySince }] : [];
    });
  }

  #read({ port, keys }: Look, lookup: Lookup): ListenerOutcome {
    const known = this.#books.get(port);
    const book = known ?? new ListenerBook(port, this.#facts);
    this.#books.set(port, book);
    if (known && keys) for (const key of keys) book.set(key, lookup.at(port, key));
    else book.setAll(lookup.slice(port).endpoints);
    return book.outcome();
  }

  #forget(port: number): void {
    this.#outcomes.delete(port);
    this.#books.delete(port);
  }

  #lingering(before: Listener | undefined, now: number): Listener | undefined {
    if (!before) return undefined;
    const since = this.#emptySince.get(before.port) ?? now;
    if (since + this.#options.listenerGraceMs <= now) {
      this.#emptySince.delete(before.port);
      return undefined;
    }
    this.#emptySince.set(before.port, since);
    return before.servers.length === 0 ? before : { ...before, servers: [] };
  }

  #keepEmpty(listener: Listener, emptySince: number): void {
    if (refusePort(listener.port, this.#facts.ports)) return;
    this.#outcomes.set(listener.port, { listener, rejections: [] });
    this.#emptySince.set(listener.port, emptySince);
  }
}
