import assert from "node:assert/strict";
import fc from "fast-check";
import type { Stored, SubscriptionEvent } from "@fairway/registry";
import type { ListenerFacts } from "../../src/desired/desired.ts";
import type { DesiredState } from "../../src/desired/desired-state.ts";
import { cacheSnapshotSchema } from "../../src/registry/cache-snapshot.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import { contenders, putEndpoint } from "../arbitrary.ts";
import { desiredStateOf, facts } from "../facts.ts";
import { deleted, given, keyOfClaim, type Given } from "../given.ts";

const vantages: readonly ListenerFacts["vantage"][] = [
  facts.vantage,
  { kind: "node", node: "node-2", networks: [] },
  { kind: "outside", node: "", networks: [] },
];

/** Something that happens to a cache, or to the proxy. */
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
  /** Projects that claim the port. */
  claims: fc.subarray(["shop", "bank", "evil"]),
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
  /** What happens before the next one that is taken is taken together. */
  isTaken: fc.boolean(),
});

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A cache, and the desired state that asks it for changes alone. */
class Followed {
  readonly cache = new RegistryCache();
  facts = facts;
  readonly #desired = stateOf(this.cache, facts);
  /** All records so far. */
  readonly #seen: Stored[] = [];
  #revision = 0n;
  #now = 0;

  take(each: Step): void {
    this.#now += 2000;
    if (each.does === "moved") this.#move(each.picks[0] ?? 0);
    else this.#act(each);
  }

  /** Listeners and rejections by what changed alone. */
  desired() {
    return whatOf(this.#desired);
  }

  #act({ does, picks, ...facts }: Step): void {
    const records = () => this.#records(facts);
    const [keys, now, { cache }] = [this.#keys(picks), this.#now, this];
    if (does === "listed") cache.onEvent(records().listed(), now);
    if (does === "again") cache.onEvent(this.#all().listed(), now);
    if (does === "restored") cache.onEvent({ ...listed(records()), hasForgotten: true }, now);
    if (does === "changed") cache.onEvent(records().changed(), now);
    if (does === "deleted") cache.onEvent(deleted(this.#revision, ...keys), now);
    if (does === "settled") cache.settle(cache.missing.due(now), listed(records()).listing, { now });
    if (does === "failed") cache.dropOrphans(keys);
    if (does === "scoped") cache.keepWithin(["endpoints/shop/db/"]);
    if (does === "expired") cache.dropExpired(now, 5000, () => true);
  }

  #records({ endpoints, claims, nodes }: Pick<Step, "endpoints" | "claims" | "nodes">): Given {
    const records = given(this.#revision);
    for (const project of claims) records.claim(project, 6379);
    for (const each of endpoints) putEndpoint(records, each);
    for (const { node, ...each } of nodes) records.node(node, each);
    this.#revision = records.revision + 1n;
    this.#seen.push(...records.stored);
    return records;
  }

  #all(): Given {
    const records = given(this.#revision);
    records.stored.push(...this.#seen);
    return records;
  }

  #keys(picks: readonly number[]): readonly string[] {
    const endpoints = Array.from(this.cache.endpoints.values(), ({ key }) => key);
    const claims = ["shop", "bank", "evil"].map((project) => keyOfClaim(project, 6379));
    const keys = [...endpoints, ...claims, "nodes/node-1", "nodes/node-2"];
    return picks.flatMap((pick) => keys[pick % keys.length] ?? []);
  }

  #move(vantage: number): void {
    const project = ["shop", "bank", undefined][vantage % 3];
    const vantageNow = vantages[vantage % vantages.length] ?? facts.vantage;
    this.facts = { ...facts, vantage: vantageNow, ownership: { ...facts.ownership, project } };
    this.#desired.move(this.facts);
  }
}

/** A desired state with LISTENER_GRACE=0. */
function stateOf(cache: RegistryCache, own: ListenerFacts): DesiredState {
  return desiredStateOf(cache, { facts: own, listenerGraceMs: 0 });
}

function whatOf(state: DesiredState) {
  return { desired: state.take()?.desired, rejections: state.rejections() };
}

function listed(records: Given): Extract<SubscriptionEvent, { type: "listed" }> {
  const event = records.listed();
  assert.ok(event.type === "listed");
  return event;
}

/** What comes of a decision about everything, by what the next agent knows of the cache. */
function wholeOf({ cache, facts: own }: Followed) {
  const snapshot = cacheSnapshotSchema.parse(cache.snapshot());
  return whatOf(stateOf(new RegistryCache({ snapshot }), own));
}

describe("the desired state, for all that may happen", () => {
  it("comes to the same by what changed as by everything", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const followed = new Followed();
        for (const each of steps) {
          followed.take(each);
          if (each.isTaken) assert.deepEqual(followed.desired(), wholeOf(followed));
        }
        assert.deepEqual(followed.desired(), wholeOf(followed));
      }),
      { numRuns: 500 },
    );
  });
});
