import assert from "node:assert/strict";
import type { SubscriptionEvent } from "@fairway/registry";
import { remember } from "../../src/journal/difference.ts";
import { emptyState, numbered, replay } from "../../src/journal/replay.ts";
import { SeenRecords } from "../../src/journal/seen-records.ts";
import { readRecord } from "../../src/journal/kept-record.ts";
import { deleted, given, keyOf } from "../given.ts";

const shop = { project: "shop", service: "web" };
const web = (from = 0n) => given(from).of("shop", "web");

describe("records that are seen", () => {
  const take = (records: SeenRecords) => records.take(100_000, () => false, "all") ?? [];
  const texts = (records: SeenRecords) =>
    take(records).map(({ entry }) => `${"key" in entry ? entry.key.split("/").at(-1) : ""} ${entry.text}`);
  /** A container with a long label that comes and goes, or changes, so often. */
  const storm = (records: SeenRecords, times: number, goes: boolean) => {
    for (let at = 0; at < times; at += 1) {
      const container = goes ? `storm-${at}` : "storm";
      const settings = { LOG_TAG: `${at} ${"x".repeat(4000)}` };
      records.onEvent(
        web(BigInt(10 + 2 * at))
          .endpoint({ container, settings })
          .changed(),
      );
      if (goes) records.onEvent(deleted(BigInt(11 + 2 * at), keyOf(shop, { container })));
    }
  };
  const key12 = (container: string) => keyOf(shop, { container }).split("/").at(-1) ?? "";

  for (const [when, isRestored] of [
    ["before it is known what an earlier agent told", false],
    ["once it is", true],
  ] as const) {
    it(`are held to a bound, each to its last change, ${when}`, () => {
      const records = new SeenRecords();
      if (isRestored) records.restore(emptyState());
      records.onEvent(web().endpoint({ container: "a" }).listed());
      records.onEvent(deleted(5n, keyOf(shop, { container: "a" })));
      storm(records, 3000, true);
      storm(records, 3000, false);
      if (!isRestored) records.restore(emptyState());
      const told = texts(records);
      assert.deepEqual(told.slice(0, 2), [`${key12("a")} came, ready`, `${key12("a")} went`]);
      assert.ok(told.at(-1)?.startsWith(`${key12("storm")} `), told.at(-1));
      assert.ok(told.length >= 3 && told.length < 3000, String(told.length));
    });
  }

  it("are told from what an earlier agent told: what went meanwhile, and what came after the listing", () => {
    const earlier = new SeenRecords();
    earlier.restore(emptyState());
    earlier.onEvent(web().endpoint({ container: "a" }).endpoint({ container: "b" }).listed());
    const state = replay(numbered(take(earlier), 1));
    const records = new SeenRecords();
    records.onEvent(web().endpoint({ container: "a" }).listed());
    records.onEvent(web(7n).endpoint({ container: "c" }).changed());
    assert.ok(records.isListed);
    records.restore(state);
    assert.deepEqual(texts(records), [`${key12("b")} went`, `${key12("c")} came, ready`]);
  });

  it("are as the last listing has them where there was another one before", () => {
    const records = new SeenRecords();
    records.onEvent(web().endpoint({ container: "a" }).listed());
    const again = web(5n).endpoint({ container: "b" }).listed() as Extract<SubscriptionEvent, { type: "listed" }>;
    records.onEvent({ ...again, hasForgotten: true });
    records.restore(emptyState());
    assert.deepEqual(texts(records), [`${key12("b")} came, ready`]);
  });

  it("are told up to the last listing in the order of what was so, also what came and went before it", () => {
    const records = new SeenRecords();
    records.restore(emptyState());
    records.onEvent(web().endpoint({ container: "a" }).listed());
    records.onEvent(web(5n).endpoint({ container: "a", state: "unhealthy" }).endpoint({ container: "k" }).changed());
    records.onEvent(web(9n).endpoint({ container: "a", state: "starting" }).listed());
    const told = (records.take(100, () => false, "listed") ?? []).map(({ entry: { text } }) => text);
    const inOrder = [
      "came, ready",
      "is unhealthy, and was ready",
      "came, ready",
      "is starting, and was unhealthy",
      "went",
    ];
    assert.deepEqual([told, records.isWaiting], [inOrder, false]);
  });

  it("are held to a bound over listings again and again", () => {
    const records = new SeenRecords();
    records.restore(emptyState());
    const settings = { LOG_TAG: "x".repeat(4000) };
    for (let at = 0; at < 1200; at += 1) {
      const revision = BigInt(10 * (at + 1));
      records.onEvent(
        web(revision)
          .endpoint({ container: "a", settings: { ...settings, WEIGHT: String(at) } })
          .listed(),
      );
      records.onEvent(
        web(revision + 5n)
          .endpoint({ container: `c${at}`, settings })
          .changed(),
      );
    }
    const told = texts(records);
    assert.ok(told.length < 1200, String(told.length));
    assert.equal(told.at(-1), `${key12("c1199")} came, ready`);
  });

  it("are remembered by names that are cut, and one that differs at its end alone is another", () => {
    const refused = (reason: string) => {
      const container = { id: "f".repeat(64), name: "c1", image: "i" };
      const rejection = { code: "port-taken", severity: "refused", label: "PORTS", reason: "x".repeat(3000) + reason };
      const value = JSON.stringify({ v: 1, project: "shop", service: "web", container, rejections: [rejection] });
      const stored = {
        createRevision: 1n,
        modRevision: 1n,
        lease: undefined,
        key: "rejections/n1/0123456789ab",
        value,
      };
      return readRecord(stored) as NonNullable<ReturnType<typeof readRecord>>;
    };
    const [one, other] = [remember(refused("a")), remember(refused("b"))].map(({ facets }) => Object.keys(facets));
    assert.ok(one?.[0] !== undefined && one[0].length <= 200);
    assert.notDeepEqual(one, other);
  });
});
