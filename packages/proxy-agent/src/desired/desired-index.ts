import type { ListenerSlice } from "../subscription/seen.ts";
import { assemble } from "./desired-config.ts";
import { desiredListener, type ListenerOutcome } from "./desired-listener.ts";
import type { ListenerFacts } from "./listener-facts.ts";
import type { Desired, EndpointRejection, Listener, Sections } from "./desired.ts";
import { rememberingJudge, type Judge } from "./judge-endpoint.ts";
import { refusePort } from "./reserved-ports.ts";

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

/** What is desired, kept listener by listener: looking again at one costs what that one costs. Times are ms since 1970. */
export class DesiredIndex {
  readonly #options: IndexOptions;
  readonly #outcomes = new Map<number, ListenerOutcome>();
  readonly #emptySince = new Map<number, number>();
  #facts: ListenerFacts;
  #judge: Judge;
  #sections: Sections;

  constructor(options: IndexOptions) {
    this.#options = options;
    this.#facts = options.facts;
    this.#judge = rememberingJudge(options.facts);
    this.#sections = options.sections;
    for (const { listener, emptySince } of options.empty ?? []) this.#keepEmpty(listener, emptySince);
  }

  /** The whole, for one application. */
  desired(): Desired {
    return assemble(this.#sections, this.#outcomes.values());
  }

  setSections(sections: Sections): void {
    this.#sections = sections;
  }

  setFacts(facts: ListenerFacts): void {
    this.#facts = facts;
    this.#judge = rememberingJudge(facts);
  }

  /** Decides one listener anew. Answers what is refused there. */
  look(slice: ListenerSlice, now: number): readonly EndpointRejection[] {
    const before = this.#outcomes.get(slice.port)?.listener;
    const outcome = desiredListener(slice, this.#facts, { judge: this.#judge, before });
    const listener = outcome.listener ?? this.#lingering(before, now);
    if (outcome.listener) this.#emptySince.delete(slice.port);
    if (listener || outcome.rejections.length > 0) this.#outcomes.set(slice.port, { ...outcome, listener });
    else this.#outcomes.delete(slice.port);
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
