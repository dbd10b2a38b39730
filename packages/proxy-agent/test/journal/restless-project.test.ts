import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProxyJournal } from "../../src/journal/journal.ts";
import { eventually } from "../real/kit/client.ts";
import { deleted, given, keyOf } from "../given.ts";
import { plainJournal } from "./plain-journal.ts";

const shop = { project: "shop", service: "web" };
const all = { sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER, most: 10_000 };
const none = { reasons: [], commands: 1, ok: true, how: "runtime" } as const;
const web = (from: bigint) => given(from).of("shop", "web");
const db = (from: bigint) => given(from).of("shop2", "db");
const until = (what: string, isSo: () => Promise<boolean>) => eventually(what, isSo, 30_000);

describe("a journal of a project whose containers come and go all the time", () => {
  let directory: string;
  let stop = new AbortController();
  let journal: ProxyJournal;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "fairway-journal-"));
    journal = plainJournal(directory, stop.signal);
  });
  after(async () => {
    await journal.close();
    stop.abort();
    await rm(directory, { recursive: true, force: true });
  });

  const texts = async (question = {}) =>
    (await journal.answer({ ...all, ...question })).entries.map(({ text }) => text);
  const ofShop = async () => {
    const { stored } = await journal.moment({ atMs: Date.now(), asked: "shop/web" });
    return stored.filter(({ key }) => key.startsWith("endpoints/shop/")).map(({ key }) => key);
  };

  it("keeps what others did, says how much it left out, and knows what is so, also after a restart", async () => {
    journal.onEvent(db(0n).endpoint({ container: "first" }).listed());
    await until("it begins", async () => (await journal.answer(all)).from !== null);
    for (let at = 0; at < 1500; at += 1) {
      const container = `c${at}`;
      journal.onEvent(
        web(BigInt(10 + 2 * at))
          .endpoint({ container })
          .changed(),
      );
      if (at < 1499) journal.onEvent(deleted(BigInt(11 + 2 * at), keyOf(shop, { container })));
    }
    journal.onApplied(none, { revision: 9000n }, 1);
    const held = "project shop has used up its journal entries; keeping only the latest of each record";
    await until("it is held", async () => (await texts()).includes(held));
    assert.equal((await texts()).length, 1001);
    journal.onEvent(db(9000n).endpoint({ container: "other" }).changed());
    journal.onApplied(none, { revision: 9001n }, 1);
    await until("others tell", async () => (await texts({ project: "shop2" })).length === 1);
    assert.deepEqual(await ofShop(), [keyOf(shop, { container: "c1499" })]);
    await journal.close();
    stop.abort();
    stop = new AbortController();
    journal = plainJournal(directory, stop.signal);
    await until("it is open again", async () => (await journal.answer(all)).from !== null);
    assert.deepEqual(await ofShop(), [keyOf(shop, { container: "c1499" })]);
    const told = (await texts()).filter((text) => text.startsWith("project shop had "));
    assert.equal(told.length, 1);
    assert.ok((await texts(shop)).includes(told[0] ?? ""));
    assert.match(told[0] ?? "", /^project shop had 1998 entries left out since \S+Z$/);
  });
});
