import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { refreshedEntry } from "@fairway/haproxy";
import { pino } from "pino";
import { CheckMap } from "../../src/roles/check-map.ts";
import { eventually } from "../real/kit/client.ts";

describe("a map that checks ask HAProxy for", () => {
  let folder: string;
  let file: string;
  let ended: AbortController;
  let told: string[];
  let warnings: string[];
  let entries: readonly string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "fairway-check-map-"));
    file = join(folder, "roles");
    ended = new AbortController();
    told = [];
    warnings = [];
    entries = ["/a primary"];
  });

  afterEach(async () => {
    ended.abort();
    await rm(folder, { recursive: true });
  });

  const mapOf = (refreshedMs?: () => number) => {
    const write = (line: Buffer, _: unknown, done: () => void) => {
      warnings.push(line.toString());
      done();
    };
    const replaceEntries = async (_: unknown, now: readonly string[]) => {
      told.push(now.join(", "));
      return { kind: "done", reason: "" } as const;
    };
    const options = { file, entries: () => entries, haproxy: { replaceEntries }, signal: ended.signal };
    const log = pino({ level: "warn" }, new Writable({ write }));
    return new CheckMap({ ...options, log, ...(refreshedMs === undefined ? {} : { refreshedMs }) });
  };
  const inFile = async () => (await readFile(file, "utf8")).trim().replaceAll("\n", ", ");

  it("is told to HAProxy while the disk takes nothing, which is warned of once, and written when it does again", async () => {
    const map = mapOf();
    await map.open(false);
    // No file can have that name while a folder has it.
    await mkdir(`${file}.new`);
    map.update();
    await eventually("it is told", () => told.length === 1);
    await eventually("it is warned of", () => warnings.length === 1);
    entries = ["/a replica"];
    map.update();
    await eventually("it is told again", () => told.length === 2);
    assert.deepEqual(told, ["/a primary", "/a replica"]);
    map.giveAgain();
    await eventually("a new worker is told", () => told.length === 3);
    await rmdir(`${file}.new`);
    await eventually("it is written", async () => (await inFile()) === "/a replica");
    assert.equal(warnings.length, 1, warnings.join());
  });

  it("is refreshed every second, and its file only when it differs or is a minute old", async () => {
    const begunMs = Math.floor(Date.now() / 1000) * 1000;
    let nowMs = begunMs;
    const map = mapOf(() => nowMs);
    await map.open(false);
    map.update();
    await eventually("it is written", async () => (await inFile()) === `${refreshedEntry(begunMs)}, /a primary`);
    nowMs = begunMs + 50_000;
    await eventually("it is told", () => told.at(-1) === `${refreshedEntry(nowMs)}, /a primary`);
    nowMs = begunMs + 55_000;
    await eventually("it is told again", () => told.at(-1) === `${refreshedEntry(nowMs)}, /a primary`);
    assert.equal(await inFile(), `${refreshedEntry(begunMs)}, /a primary`);
    nowMs = begunMs + 60_000;
    await eventually("it is written too", async () => (await inFile()) === `${refreshedEntry(nowMs)}, /a primary`);
    nowMs = begunMs;
    entries = ["/a replica"];
    map.update();
    await eventually(
      "what differs is written",
      async () => (await inFile()) === `${refreshedEntry(nowMs)}, /a replica`,
    );
  });

  it("is told to an HAProxy that runs already, whatever stands in the file", async () => {
    await writeFile(file, "/a primary\n");
    const map = mapOf();
    await map.open(true);
    map.update();
    await eventually("it is told", () => told.length === 1);
  });
});
