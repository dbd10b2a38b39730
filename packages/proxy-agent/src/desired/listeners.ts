import { byFront, frontOf, portOfFront, type Front } from "@fairway/contract";
import type { Listener } from "@fairway/haproxy";
import type { ListenerFacts } from "./desired.ts";
import { portFrontend, type NamesOfPort } from "./port-frontends.ts";

/** The listeners of one proxy by front, each port's names found without a look at the others. */
export class Listeners {
  readonly #byFront = new Map<Front, Listener>();
  readonly #names = new Map<number, Set<Front>>();
  readonly #frontends = new Map<number, Listener>();

  get(front: Front): Listener | undefined {
    return this.#byFront.get(front);
  }

  values(): Iterable<Listener> {
    return this.#byFront.values();
  }

  /** Takes one in; undefined: lets it go. */
  set(front: Front, listener: Listener | undefined): void {
    if (listener) this.#byFront.set(front, listener);
    else this.#byFront.delete(front);
    if (typeof front === "number") return;
    const port = portOfFront(front);
    const names = this.#names.get(port) ?? new Set();
    if (listener) names.add(front);
    else names.delete(front);
    if (names.size > 0) this.#names.set(port, names);
    else {
      this.#names.delete(port);
      this.#frontends.delete(port);
    }
  }

  /**
   * All of them in order, with a frontend for each port with names on it, in place of what it may have had as a whole.
   * `namesAt`: what else is known of the names on a port.
   */
  assemble(facts: ListenerFacts, namesAt: (port: number) => Omit<NamesOfPort, "listeners">): readonly Listener[] {
    const frontends = [...this.#names].map(([port, names]) => {
      const listeners = [...names].flatMap((front) => this.#byFront.get(front) ?? []);
      const frontend = portFrontend(
        port,
        { listeners, ...namesAt(port) },
        { facts, before: this.#frontends.get(port) },
      );
      this.#frontends.set(port, frontend);
      return frontend;
    });
    const others = [...this.#byFront.values()].filter(({ port, name }) => name !== undefined || !this.#names.has(port));
    return [...others, ...frontends].sort((a, b) => byFront(frontOf(a), frontOf(b)));
  }
}
