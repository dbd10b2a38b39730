import assert from "node:assert/strict";
import { nobodys } from "@fairway/contract";
import fc from "fast-check";
import { anotherEveryMs, JournalBudget, mostAtOnce } from "../../src/journal/journal-budget.ts";
import type { Untold, UnwrittenLine } from "../../src/journal/journal-line.ts";
import { LastLines } from "../../src/journal/last-lines.ts";
import { emptyState, numbered, replay } from "../../src/journal/replay.ts";

const time = "2026-11-30T08:00:00.000Z";
const times = { tookMs: null, appliedMs: null };

/** Tells of things as journals do: what is there does not come, what is not there does not go. */
class Teller {
  readonly #there = new Set<string>();
  #told = 0;

  record(project: string, container: number, goes: boolean): UnwrittenLine {
    const key = `endpoints/${project}/web/6379/n1/${container}`;
    const is = !this.#there.has(key) ? "came" : goes ? "went" : "changed";
    this.#note(key, is === "went");
    const entry = { is, time, text: is, ...nobodys, project, key, ...times } as const;
    return is === "went" ? { entry } : { entry, record: { told: (this.#told += 1) } };
  }

  refusal(text: string): UnwrittenLine {
    const is = this.#there.has(text) ? "admitted" : "refused";
    this.#note(text, is === "admitted");
    return { entry: { is, time, text, ...nobodys, code: "port-taken", key: "port_6379" } };
  }

  plain(is: "lost" | "found" | "failed" | "recovered" | "ended" | "began"): UnwrittenLine {
    return { entry: { is, time, text: String((this.#told += 1)) } };
  }

  reload(): UnwrittenLine {
    const configuration = String((this.#told += 1));
    return { entry: { is: "reloaded", time, text: "reloaded", reasons: [], configuration, tookMs: 1 } };
  }

  #note(what: string, isGone: boolean): void {
    if (isGone) this.#there.delete(what);
    else this.#there.add(what);
  }
}

const act = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom("shop", "shop2"), fc.nat(2), fc.boolean()) },
  fc.constantFrom("one", "other"),
  fc.constantFrom("lost", "found", "failed", "recovered", "ended", "began"),
  fc.constant(undefined),
);

type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

function tell(teller: Teller, each: Act): UnwrittenLine {
  if (each === undefined) return teller.reload();
  if (typeof each === "object") return teller.record(...each);
  return each === "one" || each === "other" ? teller.refusal(each) : teller.plain(each);
}

/** What lines come to, whatever their numbers and times. */
function comesTo(...parts: readonly (readonly UnwrittenLine[])[]) {
  const timed = parts.flat().map((line) => ({ ...line, entry: { ...line.entry, time } as Untold }));
  const { last: _, ...state } = replay(
    numbered(timed, 1).map((line) => ({ ...line, entry: { ...line.entry, seq: 1 } })),
    emptyState(),
  );
  return { ...state, records: Object.fromEntries(state.records), refusals: Object.fromEntries(state.refusals) };
}

describe("the last line of each thing", () => {
  it("comes to what all lines come to, after whatever lines before, and counts what it leaves out", () => {
    fc.assert(
      fc.property(fc.array(act), fc.array(act), (before, after) => {
        const teller = new Teller();
        const [first, next] = [before.map((each) => tell(teller, each)), after.map((each) => tell(teller, each))];
        const last = new LastLines();
        const leftOut = next.reduce((sum, line) => sum + last.add(line), 0);
        assert.deepEqual(comesTo(first, last.lines), comesTo(first, next));
        assert.equal(last.lines.length + leftOut, next.length);
      }),
    );
  });
});

describe("the last line of what may have been written already", () => {
  it("is its end, also where it came among these", () => {
    const [teller, last] = [new Teller(), new LastLines(true)];
    const [, went] = [last.add(teller.record("shop", 1, false)), teller.record("shop", 1, true)];
    assert.deepEqual([last.add(went), last.lines], [1, [went]]);
  });
});

describe("the budget of a journal", () => {
  const texts = (lines: readonly UnwrittenLine[]) =>
    lines.map(({ entry }) => `${entry.is} ${"project" in entry ? entry.project : ""}`);
  const restless = (teller: Teller, count: number) =>
    Array.from({ length: count }, (_, at) => teller.record("shop", at % 3, at % 5 === 0));

  it("holds the last of each record of a project that comes and goes all the time, and lets others tell", () => {
    const [teller, budget] = [new Teller(), new JournalBudget()];
    const lines = restless(teller, mostAtOnce + 500);
    const written = budget.admit(lines, 0);
    assert.deepEqual(written.slice(0, mostAtOnce), lines.slice(0, mostAtOnce));
    assert.deepEqual(texts(written.slice(mostAtOnce)), ["missed shop"]);
    assert.ok(budget.held.length <= 3);
    const others = [teller.record("shop2", 1, false), teller.plain("began"), teller.reload()];
    assert.deepEqual(budget.admit(others, 0), others);
    assert.deepEqual(comesTo(written, others, budget.held), comesTo(lines, others));
  });

  it("writes what was held, and how much was left out, once there is room for it", () => {
    const [teller, budget] = [new Teller(), new JournalBudget()];
    const lines = restless(teller, mostAtOnce + 500);
    const written = budget.admit(lines, 0);
    const { held } = budget;
    assert.deepEqual(budget.admit([], held.length * anotherEveryMs), []);
    const late = budget.admit([], (held.length + 1) * anotherEveryMs);
    assert.deepEqual(
      late.map(({ entry: { is } }) => is),
      [...held.map(({ entry: { is } }) => is), "missed"],
    );
    const text = new RegExp(`^project shop had ${500 - held.length} entries left out since \\S+Z$`);
    assert.match(late.at(-1)?.entry.text ?? "", text);
    assert.deepEqual([budget.held, comesTo(written, late)], [[], comesTo(lines)]);
  });

  it("writes some of much that is held, the oldest first", () => {
    const [teller, budget] = [new Teller(), new JournalBudget()];
    const lines = Array.from({ length: 2 * mostAtOnce }, (_, at) => teller.record("shop", at, false));
    const written = budget.admit(lines, 0);
    const late = budget.admit([], 10 * anotherEveryMs);
    assert.deepEqual(
      late.map((line) => "key" in line.entry && line.entry.key),
      lines.slice(mostAtOnce, mostAtOnce + 10).map((line) => "key" in line.entry && line.entry.key),
    );
    assert.deepEqual(comesTo(written, late, budget.held), comesTo(lines));
  });

  it("takes no longer for many projects", () => {
    const [teller, budget] = [new Teller(), new JournalBudget()];
    const lines = Array.from({ length: 20_000 }, (_, at) => teller.record(`made-up-${at % 2000}`, at % 7, false));
    const beganAt = performance.now();
    budget.admit(lines, 0);
    assert.ok(performance.now() - beganAt < 5000);
  });

  it("lets a project that goes on and on have one entry a minute in the long run", () => {
    const [teller, budget] = [new Teller(), new JournalBudget()];
    const hours = 24;
    let written = budget.admit(restless(teller, 10 * mostAtOnce), 0).length;
    for (let minute = 1; minute <= hours * 60; minute += 1)
      written += budget.admit(restless(teller, 60), minute * anotherEveryMs).length;
    assert.ok(written - mostAtOnce > hours * 50 && written - mostAtOnce <= hours * 90, String(written));
  });

  it("keeps what it wrote and what it holds at what all comes to, at every moment, whichever name a record goes by", () => {
    const step = fc.tuple(fc.array(act, { maxLength: 8 }), fc.nat(3 * anotherEveryMs));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const [teller, budget] = [new Teller(), new JournalBudget()];
        const all: UnwrittenLine[] = restless(teller, mostAtOnce + 10);
        const written = [...budget.admit(all, 0)];
        let now = 0;
        for (const [acts, later] of steps) {
          const lines = acts.map((each) => tell(teller, each));
          all.push(...lines);
          written.push(...budget.admit(lines, (now += later)));
          assert.deepEqual(comesTo(written, budget.held), comesTo(all));
        }
        written.push(...budget.release());
        assert.deepEqual([budget.held, comesTo(written)], [[], comesTo(all)]);
      }),
      { numRuns: 10 },
    );
  });

  it("has room for the projects that there are, and one bucket for names beyond a thousand that nobody needs again", () => {
    const [teller, budget] = [new Teller(), new JournalBudget()];
    const named = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) => teller.record(`made-up-${from + at}`, 1, false));
    assert.equal(budget.admit(named(0, 3000), 0).length, 2 * mostAtOnce + 1);
    const later = budget.admit(named(3000, 900), 3 * mostAtOnce * anotherEveryMs);
    assert.equal(later.filter(({ entry: { is } }) => is === "came").length, 900 + 1000);
  });
});
