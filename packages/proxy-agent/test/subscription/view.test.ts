import assert from "node:assert/strict";
import type { Listing } from "@fairway/registry";
import type { Touched } from "../../src/subscription/touched.ts";
import { View } from "../../src/subscription/view.ts";
import { viewSnapshotSchema } from "../../src/subscription/view-snapshot.ts";
import { bridge, deleted, given, keyOf, type Given } from "../given.ts";

const db = { project: "shop", service: "db" };
const one = keyOf(db);
const graceMs = 600_000;

/** Two endpoints of node-1 in one listener, with their node's record. */
function pair(): Given {
  return given()
    .service("shop", "db")
    .endpoint()
    .endpoint({ container: "two", addresses: [bridge("172.17.0.3")] });
}

function viewOf(records: Given, now = 0): View {
  const view = new View();
  view.fold(records.listed(), now);
  return view;
}

function reading(records: Given): Listing {
  const event = records.listed();
  return event.type === "listed" ? event.listing : { revision: 0n, stored: [] };
}

/** Keys served on the listener. */
function served(view: View): readonly string[] {
  return view.slice(6379).endpoints.map(({ endpoint }) => endpoint.key);
}

/** Lets the registry answer what is asked about missing endpoints. */
function judge(view: View, records: Given, now: number): void {
  view.settle(view.toJudge(now), reading(records), now);
}

function portsIn(touched: Touched): readonly number[] {
  return Array.from(touched, ([port]) => port).toSorted((a, b) => a - b);
}

describe("View", () => {
  it("lets go of what is outside of a scope, and of that alone", () => {
    const view = viewOf(pair().service("shopping", "db").endpoint({ container: "three" }));
    assert.deepEqual(portsIn(view.keepWithin(["endpoints/", "endpoints/bank/"])), []);
    assert.deepEqual(portsIn(view.keepWithin(["endpoints/bank/", "endpoints/shopping/"])), [6379]);
    assert.deepEqual(served(view), [keyOf({ project: "shopping", service: "db" }, { container: "three" })]);
  });

  it("tells which front ports to look at again", () => {
    const view = new View();
    assert.deepEqual(portsIn(view.fold(pair().listed(), 0)), [6379]);
    const moved = given(10n)
      .service("shop", "db")
      .endpoint({ listen: [{ port: 7000, ssl: false }] });
    assert.deepEqual(portsIn(view.fold(moved.changed(), 0)), [6379, 7000]);
    assert.deepEqual(portsIn(view.fold(given(20n).node("node-9").changed(), 0)), []);
    assert.equal(view.revision, 21n);
  });

  it("looks again at what a service's age puts in order", () => {
    const view = viewOf(given().endpoint());
    assert.deepEqual(portsIn(view.fold(given(5n).service("shop", "db").changed(), 0)), [6379]);
    assert.equal(view.slice(6379).endpoints[0]?.age, 6n);
  });

  it("changes nothing when a list shows what it knows", () => {
    const view = viewOf(pair());
    assert.deepEqual(portsIn(view.fold(pair().listed(), 0)), []);
  });

  it("is complete once listed, connected until lost, and keeps everything when lost", () => {
    const view = new View();
    assert.deepEqual([view.isComplete, view.isConnected], [false, false]);
    view.fold(pair().listed(), 0);
    assert.deepEqual([view.isComplete, view.isConnected], [true, true]);
    assert.deepEqual(portsIn(view.fold({ type: "lost", reason: "away" }, 0)), []);
    assert.deepEqual([view.isComplete, view.isConnected, served(view).length], [true, false, 2]);
  });

  for (const [title, value, code] of [
    ["not JSON", "{", "record-not-json"],
    ["not of the schema", `{"v":1}`, "record-not-valid"],
    ["of a newer version", `{"v":2}`, "record-newer-version"],
  ] as const) {
    it(`skips and reports a record that is ${title}, and serves all others`, () => {
      const bad = keyOf(db, { container: "bad" });
      const view = viewOf(pair().put(bad, value).put("nodes/node-1", value));
      assert.deepEqual(
        [...view.unreadable.values()].map((each) => [each.key, each.code]),
        [
          [bad, code],
          ["nodes/node-1", code],
        ],
      );
      assert.equal(served(view).length, 2);
      view.fold(deleted(90n, bad, "nodes/node-1"), 0);
      assert.equal(view.unreadable.size, 0);
    });
  }

  it("goes on with what it knew when a record becomes unreadable", () => {
    const view = viewOf(given().endpoint());
    view.fold(given(5n).put(one, `{"v":2}`).changed(), 0);
    assert.deepEqual([served(view), view.unreadable.size], [[one], 1]);
  });
});

describe("a deleted endpoint", () => {
  for (const [title, record, expected] of [
    ["is gone when its node is synced", given().node("node-1"), []],
    ["is orphaned when its node has no record", given(), [one]],
    ["is orphaned when its node is not synced", given().node("node-1", { synced: false }), [one]],
    ["is orphaned when its node's record cannot be read", given().put("nodes/node-1", "{"), [one]],
    ["lives on when the registry has it again", given().endpoint().node("node-1"), [one]],
  ] as const) {
    it(title, () => {
      const view = viewOf(given().endpoint());
      view.fold(deleted(9n, one), 0);
      assert.deepEqual(served(view), [one]);
      judge(view, record, 0);
      assert.deepEqual(served(view), expected);
      assert.deepEqual(view.toJudge(0), []);
    });
  }

  it("is judged anew when it came and went while the registry was asked", () => {
    const view = viewOf(given().endpoint());
    view.fold(deleted(9n, one), 0);
    const asked = view.toJudge(0);
    view.fold(given(10n).endpoint().changed(), 0);
    view.fold(deleted(12n, one), 0);
    view.settle(asked, reading(given(10n).endpoint()), 0);
    assert.deepEqual([...view.absences.keys()], [one]);
    assert.deepEqual(
      view.toJudge(0).map(({ key }) => key),
      [one],
    );
  });

  it("is judged anew when its node has spoken since the registry was asked", () => {
    const view = viewOf(given().node("node-1", { synced: false }).endpoint());
    view.fold(deleted(9n, one), 0);
    const asked = view.toJudge(0);
    const spoken = given(20n).node("node-1");
    view.fold(spoken.changed(), 0);
    view.settle(asked, reading(given(8n).node("node-1", { synced: false })), 0);
    assert.ok(view.nextLook(0, graceMs) < 1000);
    judge(view, spoken, view.nextLook(0, graceMs));
    assert.deepEqual(served(view), []);
  });

  it("that is put again in the same breath lives on, whoever else has its address", () => {
    const view = viewOf(given().endpoint().service("other", "web").endpoint());
    const again = given(9n)
      .endpoint()
      .stored.map((stored) => ({ type: "put", stored }) as const);
    view.fold(
      { type: "changed", revision: 10n, changes: [{ type: "delete", key: one, modRevision: 9n }, ...again] },
      0,
    );
    assert.ok(served(view).includes(one));
    assert.equal(view.absences.size, 0);
  });

  it("is held while the registry cannot be read", () => {
    const view = viewOf(given().endpoint());
    view.fold(deleted(9n, one), 0);
    assert.deepEqual(
      view.toJudge(0).map(({ key }) => key),
      [one],
    );
    assert.deepEqual(
      view.toJudge(60_000).map(({ key }) => key),
      [one],
    );
    assert.deepEqual(served(view), [one]);
  });

  it("is held for 3 s when a new session misses it", () => {
    const view = viewOf(given().node("node-1").endpoint());
    view.fold(given(5n).node("node-1").listed(), 1000);
    assert.deepEqual(view.toJudge(3999), []);
    assert.equal(view.nextLook(1000, graceMs), 4000);
    judge(view, given(5n).node("node-1"), 4000);
    assert.deepEqual(served(view), []);
  });
});

describe("an orphan", () => {
  /** The pair, of which the registrar is gone since time 0. */
  function orphans(): View {
    const view = viewOf(pair().node("node-1"));
    view.fold(deleted(9n, "nodes/node-1", one, keyOf(db, { container: "two" })), 0);
    judge(view, given(), 0);
    assert.equal(served(view).length, 2);
    return view;
  }

  it("is served as before, marked as not living", () => {
    assert.deepEqual(
      orphans()
        .slice(6379)
        .endpoints.map(({ isLiving }) => isLiving),
      [false, false],
    );
  });

  it("lives again when its record is back", () => {
    const view = orphans();
    view.fold(given(20n).endpoint().changed(), 1);
    assert.equal(view.absences.has(one), false);
  });

  it("leaves when its node is synced without it, and not before the registry was asked", () => {
    const view = orphans();
    const back = given(20n).node("node-1", { session: "session-2" }).endpoint();
    view.fold(back.changed(), 1);
    assert.equal(served(view).length, 2);
    judge(view, back, 1);
    assert.deepEqual(served(view), [one]);
  });

  it("stays while its node is back but not synced", () => {
    const view = orphans();
    view.fold(given(20n).node("node-1", { session: "session-2", synced: false }).changed(), 1);
    assert.deepEqual([view.toJudge(1).length, served(view).length], [0, 2]);
  });

  it("leaves when a living record has its address and port", () => {
    const view = orphans();
    const thief = given(20n)
      .service("other", "web")
      .endpoint({ container: "thief", listen: [{ port: 80, ssl: false }] });
    assert.deepEqual(portsIn(view.fold(thief.changed(), 1)), [80, 6379]);
    assert.deepEqual(served(view), [keyOf(db, { container: "two" })]);
  });

  it("does not yield to the same address of another node's own network", () => {
    const view = orphans();
    view.fold(given(20n).service("other", "web").endpoint({ node: "node-2" }).changed(), 1);
    assert.ok(served(view).includes(one));
  });

  it("is not even held when a living record has its address already", () => {
    const view = viewOf(given().endpoint());
    view.fold(given(5n).service("other", "web").endpoint().changed(), 0);
    view.fold(deleted(9n, one), 0);
    assert.ok(!served(view).includes(one));
  });

  for (const [what, machine] of [
    ["engine", { engineId: "engine-2" }],
    ["boot", { bootId: "boot-2" }],
  ] as const) {
    it(`leaves when its node is back with another ${what}`, () => {
      const view = orphans();
      view.fold(
        given(20n)
          .node("node-1", { ...machine, session: "session-2", synced: false })
          .changed(),
        1,
      );
      assert.deepEqual(served(view), []);
    });
  }

  it("leaves when its check fails, and only a republished record revives it", () => {
    const view = orphans();
    assert.deepEqual(portsIn(view.checkFailed([one])), [6379]);
    assert.ok(!served(view).includes(one));
    view.fold(given(20n).endpoint().changed(), 1);
    assert.ok(served(view).includes(one));
    view.checkFailed([one]);
    assert.ok(served(view).includes(one));
  });

  it("leaves after ORPHAN_GRACE beside a living server", () => {
    const view = orphans();
    view.fold(
      given(20n)
        .endpoint({ container: "three", addresses: [bridge("172.17.0.4")] })
        .changed(),
      1,
    );
    assert.equal(view.nextLook(1, graceMs), graceMs);
    view.leaveExpired(graceMs - 1, graceMs);
    assert.equal(served(view).length, 3);
    view.leaveExpired(graceMs, graceMs);
    assert.deepEqual(served(view), [keyOf(db, { container: "three" })]);
  });

  it("stays past ORPHAN_GRACE as one of a listener's last servers", () => {
    const view = orphans();
    view.fold(
      given(20n)
        .endpoint({ container: "three", state: "starting", addresses: [bridge("172.17.0.4")] })
        .changed(),
      1,
    );
    view.leaveExpired(graceMs * 2, graceMs);
    assert.equal(served(view).length, 3);
    assert.equal(view.nextLook(graceMs * 2, graceMs), Infinity);
  });

  it("is known again by the next agent, with its deadline", () => {
    const written = JSON.stringify(orphans().snapshot());
    const view = new View(viewSnapshotSchema.parse(JSON.parse(written)));
    assert.deepEqual(view.snapshot(), JSON.parse(written));
    assert.equal(view.isComplete, false);
    view.fold(
      given(20n)
        .endpoint({ container: "three", addresses: [bridge("172.17.0.4")] })
        .listed(),
      1,
    );
    view.leaveExpired(graceMs, graceMs);
    assert.deepEqual(served(view), [keyOf(db, { container: "three" })]);
  });
});

describe("a registry that went back", () => {
  const before = () => given(1000n).node("node-1", { session: "session-2" }).endpoint();

  const backup = given(500n).node("node-1", { session: "session-2" });
  const kept = given(1000n).node("node-1", { session: "session-2" });
  for (const [title, restored, revision, hasForgotten] of [
    ["by its revision", backup, 501n, false],
    ["by an older record, its revision already passed", backup.service("x", "y"), 2000n, false],
    ["by a write that it does not know, its revision already passed", kept, 2000n, true],
  ] as const) {
    it(`removes nothing on the word of a session from before (seen ${title})`, () => {
      const view = viewOf(before());
      const { stored } = reading(restored);
      view.fold({ type: "listed", listing: { revision, stored }, hasForgotten }, 0);
      judge(view, restored, 3000);
      assert.deepEqual(served(view), [one]);
      assert.equal(view.absences.get(one)?.state, "orphaned");
    });
  }

  it("is asked about the newest write that is held, of an endpoint or a node", () => {
    const view = viewOf(before());
    assert.deepEqual(view.newest(), { key: one, modRevision: 1002n });
    view.fold(given(2000n).node("node-1", { session: "session-3" }).changed(), 0);
    assert.deepEqual(view.newest(), { key: "nodes/node-1", modRevision: 2001n });
    assert.equal(new View().newest(), undefined);
  });

  it("believes a node once it has a session that was never seen", () => {
    const view = viewOf(before());
    view.fold(given(500n).node("node-1", { session: "session-2" }).listed(), 0);
    judge(view, given(500n).node("node-1", { session: "session-2" }), 3000);
    const renewed = given(510n).node("node-1", { session: "session-3" });
    view.fold(renewed.changed(), 3001);
    judge(view, renewed, 3001);
    assert.deepEqual(served(view), []);
  });

  it("does not believe the session that the backup holds, though it is not the last one", () => {
    const view = viewOf(given(900n).node("node-1", { session: "session-1" }).endpoint());
    view.fold(before().changed(), 0);
    const backup = given(500n).node("node-1", { session: "session-1" });
    view.fold(backup.listed(), 0);
    judge(view, backup, 3000);
    assert.deepEqual(served(view), [one]);
  });

  it("goes on to believe a node when another registers anew, at a lower revision than it once had", () => {
    const view = viewOf(before().node("node-9"));
    view.fold(given(500n).node("node-1", { session: "session-2" }).listed(), 0);
    view.fold(given(510n).node("node-1", { session: "session-3" }).endpoint().changed(), 1);
    const both = given(520n).node("node-9", { session: "session-9" });
    both.stored.push(...given(510n).node("node-1", { session: "session-3" }).stored);
    view.fold(both.listed(), 2);
    judge(view, both, 3002);
    assert.deepEqual(served(view), [], "node-1 says that it is synced without it");
  });

  it("is not asked for ever about a node's record of before that can no longer be read", () => {
    const view = viewOf(given(1000n).node("node-1"));
    const unreadable = given(500n).put("nodes/node-1", `{"v":2}`);
    for (const _ of ["first", "second"]) {
      view.fold(unreadable.listed(), 0);
      assert.equal(view.newest(), undefined);
    }
  });

  it("goes on to distrust after a restart of the agent", () => {
    const view = viewOf(before());
    view.fold(given(500n).node("node-1", { session: "session-2" }).listed(), 0);
    const next = new View(viewSnapshotSchema.parse(JSON.parse(JSON.stringify(view.snapshot()))));
    next.fold(given(600n).node("node-1", { session: "session-2" }).listed(), 1);
    judge(next, given(600n).node("node-1", { session: "session-2" }), 4000);
    assert.deepEqual(served(next), [one]);
  });

  it("takes in other content under a revision that it has seen before", () => {
    const view = viewOf(given(500n).endpoint().node("node-1", { session: "session-2" }).service("x", "y"));
    const moved = given(500n)
      .endpoint({ addresses: [bridge("172.17.0.9")] })
      .node("node-1", { session: "session-3" });
    view.fold(moved.listed(), 0);
    assert.equal(view.slice(6379).endpoints[0]?.endpoint.addresses[0]?.ip, "172.17.0.9");
  });

  it("neither takes in nor lets displace what a node that has not spoken since had in the past, and tells so", () => {
    const view = viewOf(before());
    const past = given(500n).node("node-1", { session: "session-2" }).endpoint({ container: "past" });
    view.fold(past.listed(), 0);
    judge(view, past, 3000);
    assert.deepEqual(served(view), [one], "though the past one has its address");
    assert.deepEqual(
      [...view.unreadable.values()].map(({ key, code }) => [key, code]),
      [[keyOf(db, { container: "past" }), "record-of-the-past"]],
    );
    const spoke = given(510n).node("node-1", { session: "session-3", synced: false }).endpoint();
    view.fold(spoke.changed(), 3001);
    view.fold(deleted(520n, keyOf(db, { container: "past" })), 3002);
    assert.deepEqual(served(view), [one]);
    assert.deepEqual([view.unreadable.size, view.absences.size], [0, 0]);
  });

  it("keeps what it knows of an endpoint until its node has spoken", () => {
    const view = viewOf(before());
    const past = given(500n)
      .node("node-1", { session: "session-2" })
      .endpoint({ addresses: [bridge("172.17.0.9")] });
    view.fold(past.listed(), 0);
    const ip = () => view.slice(6379).endpoints[0]?.endpoint.addresses[0]?.ip;
    assert.equal(ip(), "172.17.0.2");
    view.fold(
      given(510n)
        .node("node-1", { session: "session-3", synced: false })
        .endpoint({ addresses: [bridge("172.17.0.8")] })
        .changed(),
      1,
    );
    assert.equal(ip(), "172.17.0.8");
  });

  it("holds what a node has when the backup tells of an earlier boot", () => {
    const view = viewOf(given(400n).node("node-1", { session: "session-1", bootId: "boot-1" }));
    view.fold(given(1000n).node("node-1", { session: "session-2", bootId: "boot-2" }).endpoint().changed(), 0);
    view.fold(given(400n).node("node-1", { session: "session-1", bootId: "boot-1" }).listed(), 0);
    const back = given(402n).node("node-1", { session: "session-3", bootId: "boot-2", synced: false });
    view.fold(back.changed(), 1);
    assert.deepEqual(served(view), [one]);
  });
});
