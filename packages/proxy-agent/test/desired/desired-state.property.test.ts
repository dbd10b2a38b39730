import assert from "node:assert/strict";
import fc from "fast-check";
import type { Stored, SubscriptionEvent } from "@fairway/registry";
import { DesiredIndex } from "../../src/desired/desired-state.ts";
import type { ListenerFacts } from "../../src/desired/listener-facts.ts";
import { Touches, type Touched } from "../../src/registry/endpoint-index.ts";
import { View } from "../../src/registry/view.ts";
import { contenders } from "../arbitrary.ts";
import { facts, sections } from "../facts.ts";
import { deleted, given, type Given } from "../given.ts";

const places: readonly ListenerFacts["vantage"][] = [
  facts.vantage,
  { kind: "node", node: "node-2", networks: [] },
  { kind: "outside", node: "", networks: [] },
];

/** Something that happens to a view, or to the proxy. */
const step = fc.record({
  does: fc.constantFrom(
    "listed",
    "restored",
    "again",
    "changed",
    "deleted",
    "settled",
    "failed",
    "expired",
    "scoped",
    "moved",
  ),
  endpoints: fc.array(contenders, { maxLength: 5 }),
  /** Services that get an age. */
  services: fc.subarray(["db", "web"]),
  nodes: fc.array(
    fc.record({
      node: fc.constantFrom("node-1", "node-2"),
      session: fc.constantFrom("s1", "s2", "s3"),
      bootId: fc.constantFrom("boot-1", "boot-2"),
      synced: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
  /** Which of the keys that are there it is about. */
  picks: fc.array(fc.nat(), { maxLength: 5 }),
  /** What happens before the next look is looked at together. */
  isLookedAt: fc.boolean(),
});

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A view with an index that is told what to look at, and nothing else. */
class Followed {
  readonly view = new View();
  facts = facts;
  readonly #index = indexOf(facts);
  #touched = new Touches();
  /** All records so far. */
  readonly #told: Stored[] = [];
  #revision = 0n;
  #now = 0;

  take(each: Step): void {
    this.#now += 2000;
    if (each.does === "moved") this.#move(each.picks[0] ?? 0);
    else this.#touched.all(this.#act(each));
  }

  /** Listeners and rejections after a look at what was touched alone. */
  looked() {
    for (const [port, keys] of this.#touched) this.#index.look({ port, keys }, this.view, this.#now);
    this.#touched = new Touches();
    return this.#index.desired();
  }

  #act({ does, picks, ...told }: Step): Touched {
    const records = () => this.#records(told);
    const [keys, now] = [this.#keys(picks), this.#now];
    if (does === "listed") return this.view.fold(records().listed(), now);
    if (does === "again") return this.view.fold(this.#all().listed(), now);
    if (does === "restored") return this.view.fold({ ...listed(records()), hasForgotten: true }, now);
    if (does === "changed") return this.view.fold(records().changed(), now);
    if (does === "deleted") return this.view.fold(deleted(this.#revision, ...keys), now);
    if (does === "settled") return this.view.settle(this.view.toJudge(now), listed(records()).listing, now);
    if (does === "failed") return this.view.checkFailed(keys);
    if (does === "scoped") return this.view.keepWithin(["endpoints/shop/db/"]);
    return this.view.leaveExpired(now, 5000);
  }

  #records({ endpoints, services, nodes }: Pick<Step, "endpoints" | "services" | "nodes">): Given {
    const records = given(this.#revision);
    for (const service of services) records.service("shop", service);
    for (const { service, ...each } of endpoints) records.of("shop", service).endpoint(each);
    for (const { node, ...each } of nodes) records.node(node, each);
    this.#revision = records.revision + 1n;
    this.#told.push(...records.stored);
    return records;
  }

  #all(): Given {
    const records = given(this.#revision);
    records.stored.push(...this.#told);
    return records;
  }

  #keys(picks: readonly number[]): readonly string[] {
    const endpoints = Array.from(this.view.endpoints.values(), ({ key }) => key);
    const keys = [...endpoints, "services/shop/db", "services/shop/web", "nodes/node-1", "nodes/node-2"];
    return picks.flatMap((pick) => keys[pick % keys.length] ?? []);
  }

  /** Looks at everything, as a proxy does that stands elsewhere. */
  #move(place: number): void {
    this.facts = { ...facts, vantage: places[place % places.length] ?? facts.vantage };
    this.#index.setFacts(this.facts);
    for (const port of [...this.view.endpoints.ports(), ...this.#index.ports()]) {
      this.#index.look({ port, keys: undefined }, this.view, this.#now);
    }
  }
}

function indexOf(own: ListenerFacts): DesiredIndex {
  return new DesiredIndex({ facts: own, sections, listenerGraceMs: 0 });
}

function listed(records: Given): Extract<SubscriptionEvent, { type: "listed" }> {
  const event = records.listed();
  assert.ok(event.type === "listed");
  return event;
}

/** What comes of a look at everything. */
function wholeOf({ view, facts: own }: Followed) {
  const index = indexOf(own);
  for (const port of view.endpoints.ports()) index.look({ port, keys: undefined }, view, 0);
  return index.desired();
}

describe("DesiredIndex, for all that may happen", () => {
  it("comes to the same by a look at what was touched as by a look at everything", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const followed = new Followed();
        for (const each of steps) {
          followed.take(each);
          if (each.isLookedAt) assert.deepEqual(followed.looked(), wholeOf(followed));
        }
        assert.deepEqual(followed.looked(), wholeOf(followed));
      }),
      { numRuns: 500 },
    );
  });
});
