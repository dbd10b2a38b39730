import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { drainKey } from "@fairway/contract";
import type { Change, Operation, RegistryClient, Stored } from "@fairway/registry";
import { Drains } from "../../src/containers/drains.ts";
import { quietLog } from "../a-publisher.ts";

const [a, b] = ["a".repeat(64), "b".repeat(64)];
const keyOf = (container12: string) => drainKey({ node: "node-1", container12 });
const stored = (container: string, value = "{}"): Stored => {
  return { key: keyOf(container), value, createRevision: 5n, modRevision: 5n, lease: undefined };
};
const put = (container: string, value?: string): Change => ({ type: "put", stored: stored(container, value) });
const gone = (container: string): Change => ({ type: "delete", key: keyOf(container), modRevision: 6n });
const changed = (...changes: readonly Change[]) => ({ type: "changed", revision: 6n, changes }) as const;
const listed = (...all: readonly string[]) =>
  ({ type: "listed", listing: { revision: 5n, stored: all.map((each) => stored(each)) } }) as const;
const lost = (reason: string) => ({ type: "lost", reason }) as const;

function given() {
  const told: string[] = [];
  const deleted: string[] = [];
  const asked: string[] = [];
  const transact = async (_: unknown, operations: readonly Operation[]) => {
    deleted.push(...operations.map(({ key }) => key));
    return { succeeded: true, revision: 7n };
  };
  const drains = new Drains({
    client: { transact } as Partial<RegistryClient> as RegistryClient,
    node: "node-1",
    onChange: (container) => told.push(container.slice(0, 1)),
    isGone: async (container) => {
      asked.push(container);
      return !container.startsWith("c");
    },
    log: quietLog as never,
    signal: AbortSignal.abort(),
  });
  return { drains, told, deleted, asked };
}

describe("what operators drain of a node", () => {
  const id12 = a.slice(0, 12);
  type Events = Parameters<Drains["onEvent"]>[0][];
  const rows: readonly (readonly [string, Events, readonly boolean[], readonly string[]])[] = [
    ["nothing", [listed()], [false, false], []],
    ["one container", [listed(id12)], [true, false], ["a"]],
    ["every one", [listed("*")], [true, true], ["*"]],
    ["one that is named later", [listed(), changed(put(id12))], [true, false], ["a"]],
    ["one whose value nobody can read", [listed(), changed(put(id12, "\u0000"))], [true, false], ["a"]],
    ["one that is named again", [listed(id12), changed(put(id12))], [true, false], ["a"]],
    ["none any more", [listed("*"), changed(gone("*"))], [false, false], ["*", "*"]],
    ["one, though the registry is away", [listed(id12), lost("cut off")], [true, false], ["a"]],
    ["none, as the registry came back without it", [listed(id12), lost("x"), listed()], [false, false], ["a", "a"]],
    [
      "none, as the key is not one",
      [listed(), changed({ type: "put", stored: { ...stored("x"), key: "drains/node-1" } })],
      [false, false],
      [],
    ],
  ];
  for (const [title, events, drained, told] of rows) {
    it(`is ${title}`, () => {
      const made = given();
      events.forEach((event) => made.drains.onEvent(event));
      assert.deepEqual(
        [a, b].map((id) => made.drains.isDrained(id)),
        drained,
      );
      assert.deepEqual(made.told, told);
    });
  }

  it("is known once it was listed, or may not be read, which is said; not while the registry is away", async () => {
    const isKnown = ({ known }: Drains) => Promise.race([known.then(() => true), setImmediate(false)]);
    const { drains } = given();
    drains.onEvent(lost("connect ECONNREFUSED"));
    assert.equal(await isKnown(drains), false);
    drains.onEvent(lost("etcdserver: permission denied"));
    assert.equal(await isKnown(drains), true);
    assert.match(drains.notes.join(), /needs readwrite on drains\//);
    drains.onEvent(listed());
    assert.deepEqual(drains.notes, []);
  });

  it("is nothing by a key that names no container, which is told and asks nothing of the engine", async () => {
    for (const odd of ["../images/json?a=", "a".repeat(11), "A".repeat(12), a, "shop_web_1", "**"]) {
      const { drains, told, deleted, asked } = given();
      drains.onListed([b]);
      drains.onEvent(listed(odd));
      drains.onEvent(changed(put(odd)));
      await setImmediate();
      assert.deepEqual([drains.all, told, deleted, asked], [[], [], [], []], odd);
      assert.match(
        drains.notes.join("|"),
        /^keys that drain nothing: 1, such as drains\/node-1\/[^|]*12 hex digits[^|]*$/,
      );
      drains.onEvent(changed(gone(odd)));
      assert.deepEqual(drains.notes, []);
    }
  });

  it("ends with containers that the engine has no longer, whichever is read first, but not with its list alone", async () => {
    const containers = [a, b, "c".repeat(12)].map((id) => id.slice(0, 12));
    for (const isListedFirst of [true, false]) {
      const { drains, deleted } = given();
      const read = () => drains.onEvent(listed(...containers, "*"));
      if (!isListedFirst) read();
      drains.onListed([b]);
      if (isListedFirst) read();
      await setImmediate();
      assert.deepEqual(deleted, [keyOf(a.slice(0, 12))]);
    }
  });
});
