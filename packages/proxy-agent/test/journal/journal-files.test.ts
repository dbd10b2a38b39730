import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, open, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { nobodys } from "@fairway/contract";
import { JournalFiles } from "../../src/journal/journal-files.ts";
import type { JournalLine } from "../../src/journal/journal-line.ts";
import { replay } from "../../src/journal/replay.ts";
import { eventually } from "../real/kit/client.ts";
import { given } from "../given.ts";
import { linesFile, plainJournal } from "./plain-journal.ts";

const run = promisify(execFile);

const line = (seq: number): JournalLine => ({
  entry: {
    is: "came",
    seq,
    time: new Date(seq).toISOString(),
    text: "came",
    ...nobodys,
    key: `nodes/n${seq}`,
    tookMs: null,
    appliedMs: null,
  },
  record: { v: 1 },
});

describe("the files of a journal", () => {
  let directory: string;
  let files: JournalFiles;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "fairway-journal-"));
    files = new JournalFiles(directory);
    await files.open();
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const begin = async () => {
    await files.begin(replay([line(1)]), 1);
    await files.append([line(2)]);
    const [segment] = files.segments;
    assert.ok(segment);
    return segment;
  };
  const state = async () => join(directory, (await readdir(directory)).find((each) => each.endsWith(".gz")) ?? "");
  const keys = async () => [...(await files.lastState()).records.keys()];

  it("come to their lines alone where the state before them is missing or damaged, and say so to who asks for that", async () => {
    const segment = await begin();
    assert.deepEqual(await keys(), ["nodes/n1", "nodes/n2"]);
    await writeFile(await state(), "torn");
    await assert.rejects(files.stateBefore(segment), /header/);
    assert.deepEqual(await keys(), ["nodes/n2"]);
    await rm(await state());
    assert.equal((await files.stateBefore(segment)).records.size, 0);
  });

  it("are not taken for empty ones where the disk cannot be read", async () => {
    await begin();
    const path = await state();
    await rm(path);
    await mkdir(path);
    await assert.rejects(files.lastState(), /EISDIR/);
  });

  it("are there again where somebody deleted the folder", async () => {
    const segment = await begin();
    await rm(directory, { recursive: true });
    await files.append([line(3)]);
    assert.deepEqual(
      (await files.linesIn(segment)).map(({ entry: { seq } }) => seq),
      [3],
    );
  });

  it("keep the text of a configuration that runs again as one that ran last", async () => {
    const file = join(directory, "haproxy.cfg");
    await writeFile(file, "global\n");
    const kept = join(directory, "fairway-0123456789abcdef.cfg");
    await files.keepConfiguration(file, "fairway-0123456789abcdef");
    await utimes(kept, 1, 1);
    await files.keepConfiguration(file, "fairway-0123456789abcdef");
    assert.ok((await stat(kept)).mtimeMs > 1e12);
  });
});

describe("a journal whose disk takes nothing", () => {
  const none = { reasons: [], commands: 1, ok: true, how: "runtime" } as const;

  it("holds some megabytes of entries, and of more the last of each record, and counts what it leaves out", async () => {
    const directory = await mkdtemp(join(tmpdir(), "fairway-journal-"));
    const stop = new AbortController();
    const journal = plainJournal(directory, stop.signal);
    journal.onEvent(given().of("shop", "web").listed());
    const file = await linesFile(directory);
    await rm(file, { force: true });
    await mkdir(file);
    let revision = 10n;
    const feed = async (until: number, settings: Readonly<Record<string, string>> = {}) => {
      for (let at = 0; at < 2400; at += 1) {
        const endpoint = { container: "restless", settings: { ...settings, WEIGHT: String(at) } };
        journal.onEvent(
          given(revision++)
            .of(`shop${at % 4}`, "web")
            .endpoint(endpoint)
            .changed(),
        );
      }
      journal.onApplied(none, { revision }, 1);
      await eventually("they are taken", async () => journal.memory.end >= until, 40_000);
    };
    await feed(2400);
    await feed(4000, { LOG_TAG: "x".repeat(1000) });
    await rm(file, { recursive: true });
    const texts = async () =>
      (await journal.answer({ sinceMs: 0, untilMs: 1e15, most: 10_000 })).entries.map(({ text }) => text);
    await eventually("they are written", async () => (await texts()).length > 0, 40_000);
    assert.ok((await texts()).some((text) => /^[0-9]{4} lines lost, as the disk took none$/.test(text)));
    assert.ok((await texts()).length < 20, String((await texts()).length));
    const { stored } = await journal.moment({ atMs: Date.now() });
    const weights = stored.flatMap(({ value }) => /"WEIGHT":"([0-9]+)"/.exec(value)?.[1] ?? []);
    assert.deepEqual(weights.toSorted(), ["2396", "2397", "2398", "2399"]);
    await journal.close();
    stop.abort();
    await rm(directory, { recursive: true });
  });
});

describe("a journal whose disk hangs", () => {
  it("does not keep the agent from ending", async () => {
    const directory = await mkdtemp(join(tmpdir(), "fairway-journal-"));
    const stop = new AbortController();
    const journal = plainJournal(directory, stop.signal);
    journal.onEvent(given().of("shop", "web").listed());
    // Whoever opens it to write waits for a reader.
    const pipe = await linesFile(directory);
    await rm(pipe, { force: true });
    await run("mkfifo", [pipe]);
    const beganAt = performance.now();
    await journal.close();
    assert.ok(performance.now() - beganAt < 15_000);
    stop.abort();
    const reader = await open(pipe, "r");
    await reader.readFile();
    await reader.close();
    await rm(directory, { recursive: true });
  });
});
