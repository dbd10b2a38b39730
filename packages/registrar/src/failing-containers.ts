import { shown } from "@fairway/contract";
import { container12, type EngineList } from "./docker/container.ts";

/** So many failures, and others are no longer kept waiting for a container. */
const failuresUntilSettled = 3;

const mostNamed = 10;

/** The containers that Docker lists, and those of them that it fails to tell about. */
export class FailingContainers {
  /** How often in a row, by id. */
  readonly #failing = new Map<string, number>();
  #listed: EngineList = { running: [], stopped: [], names: new Map() };

  /** The last list. */
  get listed(): EngineList {
    return this.#listed;
  }

  /** Takes in a list; returns the failing ones that it does not have as running. */
  onListed(list: EngineList): readonly string[] {
    this.#listed = list;
    const running = new Set(list.running);
    const ended = this.ids().filter((id) => !running.has(id));
    for (const id of ended) this.#failing.delete(id);
    return ended;
  }

  /** Notes that Docker did not tell about a container; false: it is known to fail. */
  fail(id: string): boolean {
    const failures = this.failuresOf(id) + 1;
    this.#failing.set(id, failures);
    return failures === 1;
  }

  /** Notes that Docker told about a container. */
  settle(id: string): void {
    this.#failing.delete(id);
  }

  has(id: string): boolean {
    return this.#failing.has(id);
  }

  /** How often in a row. */
  failuresOf(id: string): number {
    return this.#failing.get(id) ?? 0;
  }

  ids(): readonly string[] {
    return [...this.#failing.keys()];
  }

  /** True when nothing is gained by waiting for one of them. */
  isSettled(): boolean {
    return [...this.#failing.values()].every((failures) => failures >= failuresUntilSettled);
  }

  /** Names them in a sentence; undefined: there is none. */
  sentence(): string | undefined {
    if (this.#failing.size === 0) return undefined;
    const names = this.ids().map((id) => shown(this.#listed.names.get(id) ?? container12(id)));
    const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : "";
    return `Docker does not tell about ${names.slice(0, mostNamed).join(", ")}${more}: what is known of it stays as it is`;
  }
}
