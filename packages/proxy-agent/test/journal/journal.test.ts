import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { encode, proxyKey, type ProxyRecord } from "@fairway/contract";
import type { Log } from "@fairway/program";
import type { SubscriptionEvent } from "@fairway/registry";
import { eventually } from "../real/kit/client.ts";
import { ProxyJournal } from "../../src/journal/journal.ts";
import { explain } from "../../src/status/explain.ts";
import { knownOf } from "../../src/status/known-containers.ts";
import { deleted, given, keyOf, proxyRecord, type Given } from "../given.ts";

const shop = { project: "shop", service: "web" };
const all = { sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER, most: 1000 };
const none = { reasons: [], commands: 1, ok: true, how: "runtime" } as const;
const reasons = [{ code: "listener-new", port: 6379 }] as const;
const configuration = "fairway-0123456789abcdef";

describe("a journal", () => {
  let directory: string;
  let stop: AbortController;
  let journal: ProxyJournal;
  let lines: string[];
  let rejections: ProxyRecord["rejections"]["first"] = [];
  let lastError: string | undefined;

  const open = () => {
    stop = new AbortController();
    const note = (_: object, message: string) => void lines.push(message);
    const log = { debug: () => undefined, info: note, warn: note, error: note } as unknown as Log;
    const sources = {
      rejections: () => rejections,
      ownRecord: () => ({ key: proxyKey("node-1", "proxy"), value: encode(proxyRecord()) }),
      configuration: () => configuration,
      lastError: () => lastError,
    };
    const paths = { directory: join(directory, "journal"), configFile: join(directory, "haproxy.cfg") };
    journal = new ProxyJournal({ ...paths, version: "0.1.0", sources, log, signal: stop.signal });
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "fairway-journal-"));
    [lines, rejections, lastError] = [[], [], undefined];
    await writeFile(join(directory, "haproxy.cfg"), "global\n");
    open();
  });

  afterEach(async () => {
    stop.abort();
    await rm(directory, { recursive: true, force: true });
  });

  const closeAndOpen = async () => {
    await journal.close();
    stop.abort();
    open();
  };

  const told = async (question: Partial<typeof all & typeof shop> = {}) =>
    (await journal.answer({ ...all, ...question })).entries.map(({ is, text }) => `${is}: ${text}`);

  const until = (what: string, isSo: () => Promise<boolean>) => eventually(what, isSo, 20_000);
  /** Feeds an event, has it applied, and resolves once so many more entries are there. */
  const take = async (event: SubscriptionEvent, revision: bigint, more: number) => {
    const { length } = await told();
    journal.onEvent(event);
    journal.onApplied(none, { revision }, 1);
    await until(`${more} entries after ${length}`, async () => (await told()).length >= length + more);
  };
  const begin = async (records: Given) => {
    journal.onEvent(records.listed());
    await until("the journal begins", async () => (await journal.answer(all)).from !== null);
  };
  const web = (from = 0n) => given(from).of("shop", "web");

  it("begins with what is there, and tells of each change once, in order, of one service alone where that is asked", async () => {
    await begin(web().endpoint({ container: "old" }).node("node-1"));
    await take(web(2n).endpoint({ container: "new", state: "starting" }).changed(), 3n, 1);
    await take(web(3n).endpoint({ container: "new" }).changed(), 4n, 1);
    await take(given(4n).of("shop", "db").endpoint({ container: "db" }).changed(), 5n, 1);
    await take(deleted(6n, keyOf(shop, { container: "old" })), 6n, 1);
    const ofWeb = ["came: came, starting", "changed: is ready, and was starting", "went: went"];
    assert.deepEqual(await told(), [...ofWeb.slice(0, 2), "came: came, ready", "went: went"]);
    assert.deepEqual(await told(shop), ofWeb);
    assert.deepEqual(await told({ most: 1 }), ["went: went"]);
    const { entries, from, isCut } = await journal.answer({ ...all, most: 2 });
    assert.deepEqual([isCut, entries.map(({ seq }) => seq - (entries[0]?.seq ?? 0))], [true, [0, 1]]);
    assert.ok(Date.parse(from ?? "") <= Date.now());
    const held = journal.memory.read(0, 100).lines.map(({ text }) => (JSON.parse(text) as { seq: number }).seq);
    assert.deepEqual(
      held.slice(-2),
      entries.map(({ seq }) => seq),
    );
  });

  it("tells how long it took from the registrar's report to HAProxy, of what is ready and not refused alone", async () => {
    await begin(web());
    const report = (container: string, revision: bigint, state: "ready" | "starting" = "ready", port = 6379) => {
      const records = web(revision - 1n).endpoint({ container, state, listen: [{ port, ssl: false }] });
      const [stored] = records.stored;
      assert.ok(stored);
      const value = JSON.stringify({ ...(JSON.parse(stored.value) as object), reportedAt: new Date().toISOString() });
      return { type: "changed", revision, changes: [{ type: "put", stored: { ...stored, value } }] } as const;
    };
    rejections = [{ code: "port-taken", key: "port_7000", reason: "another has it" }];
    await take(report("one", 2n), 2n, 2);
    await take(report("two", 3n, "starting"), 3n, 1);
    await take(report("three", 4n, "ready", 7000), 4n, 1);
    const { entries } = await journal.answer({ ...all, ...shop });
    const times = entries.map((each) => ("tookMs" in each && "appliedMs" in each ? [each.tookMs, each.appliedMs] : []));
    const [[tookMs = -1, appliedMs = -1] = [], second, third] = times;
    assert.ok(
      (appliedMs ?? -1) >= 0 && (tookMs ?? -1) >= (appliedMs ?? 0) && (tookMs ?? Infinity) < 20_000,
      String(times),
    );
    assert.deepEqual(
      [second, third],
      [
        [null, null],
        [null, null],
      ],
    );
  });

  it("goes on where an earlier agent left it: what changed meanwhile is told, and nothing else", async () => {
    await begin(web().endpoint({ container: "a" }).endpoint({ container: "b" }));
    await closeAndOpen();
    const now = web(10n).endpoint({ container: "a" }).endpoint({ container: "b", state: "unhealthy" });
    await take(now.endpoint({ container: "c" }).listed(), 13n, 0);
    await until("all is told", async () => (await told()).length >= 4);
    const began = "began: agent 0.1.0 began";
    assert.deepEqual(await told(), [
      "ended: agent ended",
      began,
      "changed: is unhealthy, and was ready",
      "came: came, ready",
    ]);
    const seqs = (await journal.answer(all)).entries.map(({ seq }) => seq);
    assert.deepEqual(
      seqs,
      seqs.map((_, at) => (seqs[0] ?? 0) + at),
    );
  });

  it("tells of reloads with their reasons, of refusals and errors as they begin and end, and of a registry that is lost", async () => {
    await begin(web());
    journal.onApplied({ ...none, how: "reload", reasons }, { revision: 1n }, 12.4);
    journal.onEvent({ type: "lost", reason: "unavailable\u001b" });
    rejections = [{ code: "port-taken", key: "port_6379", reason: "redis has it" }];
    lastError = "no room";
    journal.onChange();
    await until("they are told", async () => (await told()).length === 4);
    [rejections, lastError] = [[], undefined];
    await take({ type: "compared", revision: 2n, changes: [] }, 2n, 3);
    assert.deepEqual(await told(), [
      "reloaded: HAProxy reloaded: listener 6379 is new",
      "lost: the registry is lost: unavailable\\u{1b}",
      "refused: redis has it",
      "failed: no room",
      "found: the registry is back",
      "admitted: redis has it",
      "recovered: HAProxy is in step again",
    ]);
    const { configuration: ran } = await journal.moment({ atMs: Date.now() });
    assert.deepEqual([ran?.fingerprint, await readFile(ran?.file ?? "", "utf8")], [configuration, "global\n"]);
  });

  it("answers for a moment in the very words in which the registry of then is explained", async () => {
    const then = web()
      .endpoint({ container: "a", settings: { WEIGHT: "5" } })
      .node("node-1")
      .operator("shop", "web", { MAXCONN: "9" });
    rejections = [{ code: "port-owned", key: keyOf(shop, { container: "a" }), reason: "shop2 has it" }];
    await begin(then);
    journal.onApplied(none, { revision: 9n }, 1);
    await until("the refusal is told", async () =>
      (await journal.moment({ atMs: Date.now() })).stored.some(({ value }) => value.includes("shop2")),
    );
    const atMs = Date.now();
    await delay(5);
    rejections = [];
    await take(deleted(9n, keyOf(shop, { container: "a" })), 9n, 2);
    const first = [{ code: "port-owned", key: keyOf(shop, { container: "a" }), reason: "shop2 has it" }];
    const own = proxyRecord({ rejections: { count: 1, first } });
    const explained = explain("shop/web", knownOf(then.put(proxyKey("node-1", "proxy"), encode(own)).stored));
    const stored = { createRevision: 0n, modRevision: 0n, lease: undefined };
    const by = async (ms: number) =>
      explain(
        "shop/web",
        knownOf((await journal.moment({ atMs: ms, asked: "shop/web" })).stored.map((each) => ({ ...each, ...stored }))),
      );
    assert.deepEqual(await by(atMs), explained);
    assert.equal((await by(Date.now())).isKnown, false);
    assert.equal((await journal.moment({ atMs: 1 })).isKnown, false);
  });

  const newest = async () =>
    (await readdir(join(directory, "journal")))
      .filter((name) => name.endsWith(".ndjson"))
      .sort()
      .at(-1) ?? "";

  it("leaves out a last line that is torn, and what follows stands on a line of its own", async () => {
    await begin(web());
    await take(web(1n).endpoint({ container: "a" }).changed(), 2n, 1);
    await closeAndOpen();
    await appendFile(join(directory, "journal", await newest()), '{"is":"came","seq":99,"ti');
    await take(web(1n).endpoint({ container: "a" }).endpoint({ container: "b" }).listed(), 9n, 0);
    await until("all is told", async () => (await told()).length >= 4);
    assert.deepEqual((await told()).slice(0, 2), ["came: came, ready", "ended: agent ended"]);
    assert.ok((await told()).includes("began: agent 0.1.0 began"), String(await told()));
    assert.equal((await told()).filter((each) => each === "came: came, ready").length, 2);
  });

  it("is written later where the disk takes nothing for a while: that is logged once, and nothing is missing", async () => {
    await begin(web());
    await take(web(1n).endpoint({ container: "a" }).changed(), 2n, 1);
    const file = join(directory, "journal", await newest());
    const before = await readFile(file);
    await rm(file);
    await mkdir(file);
    journal.onEvent(web(2n).endpoint({ container: "b" }).changed());
    journal.onApplied(none, { revision: 3n }, 1);
    await until("it is logged", async () => lines.includes("journal cannot be written, traffic goes on"));
    journal.onEvent(deleted(4n, keyOf(shop, { container: "a" })));
    journal.onApplied(none, { revision: 4n }, 1);
    await rm(file, { recursive: true });
    await writeFile(file, before);
    await until("it is written again", async () => lines.includes("journal is written again"));
    await until("all is there", async () => (await told()).length === 3);
    assert.deepEqual(await told(), ["came: came, ready", "came: came, ready", "went: went"]);
    assert.equal(lines.filter((each) => each.startsWith("journal")).length, 2);
  });
});
