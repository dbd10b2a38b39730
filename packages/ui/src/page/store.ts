import { type TableChange, withChange } from "../view/changes.ts";
import { noTables, type RegistryState, type Tables } from "../view/rows.ts";

/** What the page knows at a moment. */
export type PageKnown = {
  readonly tables: Tables;
  readonly registry: RegistryState;
  /** The server of the page answers. */
  readonly isLinked: boolean;
  /** Everything has come once. */
  readonly isWhole: boolean;
};

const nothing: PageKnown = {
  tables: noTables,
  registry: { isConnected: false, revision: "", reason: "it has not answered yet" },
  isLinked: false,
  isWhole: false,
};

/** After how long the server is followed again that answered something else than events. */
const refusedMs = 3000;

/** What the server has sent, and who wants to know of it: once a frame, however much comes. */
export class Store {
  #known = nothing;
  /** What comes after a new link, until it is whole: the former is shown meanwhile. */
  #coming: Tables | undefined;
  readonly #listeners = new Set<() => void>();
  #isTold = true;

  get known(): PageKnown {
    return this.#known;
  }

  /** Calls back after changes, until the answer is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Follows the server. The browser links again by itself, but where the server refused it. */
  follow(url: string): void {
    const events = new EventSource(url);
    const on = (name: string, take: (sent: never) => void) =>
      events.addEventListener(name, (event: MessageEvent<string>) => take(JSON.parse(event.data) as never));
    events.addEventListener("open", () => {
      this.#coming = noTables;
      this.#set({ isLinked: true });
    });
    events.addEventListener("error", () => {
      this.#set({ isLinked: false });
      if (events.readyState === EventSource.CLOSED) setTimeout(() => this.follow(url), refusedMs);
    });
    on("registry", (registry: RegistryState) => this.#set({ registry }));
    on("change", (change: TableChange) => this.#take(change));
    on("whole", () => this.#takeWhole());
  }

  #take(change: TableChange): void {
    if (this.#coming === undefined) this.#set({ tables: withChange(this.#known.tables, change) });
    else this.#coming = withChange(this.#coming, change);
  }

  #takeWhole(): void {
    const tables = this.#coming ?? this.#known.tables;
    this.#coming = undefined;
    this.#set({ tables, isWhole: true });
  }

  #set(part: Partial<PageKnown>): void {
    this.#known = { ...this.#known, ...part };
    if (!this.#isTold) return;
    this.#isTold = false;
    requestAnimationFrame(() => {
      this.#isTold = true;
      for (const listener of this.#listeners) listener();
    });
  }
}
