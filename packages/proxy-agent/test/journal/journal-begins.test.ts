import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "@fairway/program";
import { eventually } from "../real/kit/client.ts";
import { ProxyJournal } from "../../src/journal/journal.ts";
import { given } from "../given.ts";

const all = { sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER, most: 1000 };

const until = (what: string, isSo: () => Promise<boolean>) => eventually(what, isSo, 30_000);

describe("a journal that begins", () => {
  const stop = new AbortController();
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "fairway-journal-"));
  });
  after(async () => {
    stop.abort();
    await rm(directory, { recursive: true, force: true });
  });

  it("has what was listed where the disk takes nothing at first, and tells what came since", async () => {
    const logged: string[] = [];
    const note = (_: object, message: string) => void logged.push(message);
    const log = { debug: () => undefined, info: note, error: note } as unknown as Log;
    const nothing = () => undefined;
    const sources = { rejections: () => [], ownRecord: nothing, configuration: nothing, lastError: nothing };
    const [folder, configFile] = [join(directory, "journal"), join(directory, "haproxy.cfg")];
    const journal = new ProxyJournal({
      directory: folder,
      configFile,
      version: "0.1.0",
      sources,
      log,
      signal: stop.signal,
    });
    const web = (from = 0n) => given(from).of("shop", "web");
    await until("the folder is there", async () => (await readdir(directory)).includes("journal"));
    await journal.answer(all);
    await rm(folder, { recursive: true });
    await writeFile(folder, "in the way");
    journal.onEvent(web().endpoint({ container: "a" }).listed());
    await until("it is logged", async () => logged.includes("journal cannot be written, traffic goes on"));
    journal.onEvent(web(1n).endpoint({ container: "b" }).changed());
    journal.onApplied({ reasons: [], commands: 1, ok: true, how: "runtime" }, { revision: 2n }, 1);
    await rm(folder);
    await mkdir(folder);
    const came = async () => (await journal.answer(all)).entries.filter(({ is }) => is === "came");
    await until("what came is told", async () => (await came()).length > 0);
    assert.deepEqual(
      (await came()).map((each) => "containerName" in each && each.containerName),
      ["b"],
    );
    assert.equal((await journal.moment({ atMs: Date.now() })).stored.length, 2);
  });
});
