import type { HealthCheck } from "@fairway/contract";
import type { CachedEndpoint } from "../registry/cache.ts";
import type { ListenerFacts } from "./desired.ts";
import { Nearness, type Place, type Standing } from "./nearness.ts";
import { ServerIds } from "./server-ids.ts";
import type { Choosing } from "./settings-choice.ts";

/** How one server stands among the others of its listener. */
export type Arranged = {
  /** Undefined: no hash of the client chooses servers there. */
  readonly id: number | undefined;
  /** Undefined: LOCALITY does not concern it. */
  readonly place: Place | undefined;
  /** How the servers of its listener are checked, by CHECK. (as each says) */
  readonly check?: HealthCheck | undefined;
};

/** An endpoint, and what it came to. */
type Settled = { readonly cached: CachedEndpoint; readonly weight: number | undefined };

/** What is near: by which kind, and where the proxy is. */
type Near = { readonly locality: Choosing["locality"]; readonly node: string; readonly zone: string };

/** How the servers of a listener stand among each other and are checked, where its settings have that depend on all of them. */
export class Arrangement {
  readonly #ids = new ServerIds();
  #nearness: Nearness | undefined;
  /** What is near, as of the last {@link settle}. */
  #near: Near = { locality: undefined, node: "", zone: "" };
  #check: HealthCheck | undefined;

  of(key: string): Arranged {
    return { id: this.#ids.idOf(key), place: this.#nearness?.placeOf(key), check: this.#check };
  }

  /** Takes in an endpoint, or lets it go. */
  set(key: string, settled: Settled | undefined): void {
    this.#ids.set(key, settled !== undefined);
    this.#nearness?.set(key, settled && this.#standingOf(settled));
  }

  /** Takes in how servers are chosen now; the endpoints that may stand otherwise since the last call. */
  settle(
    { isHashed, locality, check }: Choosing,
    { vantage, here }: Pick<ListenerFacts, "vantage" | "here">,
    all: ReadonlyMap<string, Settled>,
  ): Iterable<string> {
    const moved = this.#ids.settle(isHashed, all.keys());
    const near = { locality, node: vantage.node, zone: here.zone ?? "" };
    const isCheckedAlike = this.#check?.name === check?.name;
    this.#check = check;
    if (isCheckedAlike && isSame(this.#near, near))
      return this.#nearness ? [...moved, ...this.#nearness.takeMoved()] : moved;
    this.#near = near;
    this.#nearness = locality && new Nearness(near.node);
    for (const [key, settled] of all) this.#nearness?.set(key, this.#standingOf(settled));
    this.#nearness?.takeMoved();
    return [...all.keys()];
  }

  #standingOf({ cached: { endpoint, zone }, weight }: Settled): Standing | undefined {
    if (weight === undefined) return undefined;
    const { locality, node, zone: own } = this.#near;
    const isNear = locality === "node" ? endpoint.at.node === node : zone !== "" && zone === own;
    return { isNear, isReady: endpoint.state === "ready", weight };
  }
}

function isSame(a: Near, b: Near): boolean {
  if (a.locality !== b.locality) return false;
  return a.locality === undefined || (a.node === b.node && a.zone === b.zone);
}
