import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { awaitFiles, type Log } from "@fairway/program";

describe("files that settings name", () => {
  let directory: string;
  let lines: object[];
  const log = (fields: object, message: string) => void lines.push({ ...fields, message });
  const waiting = (path: string, signal = new AbortController().signal) =>
    awaitFiles(
      { ETCD_PASSWORD_FILE: path, ETCD_CA_FILE: undefined },
      { warn: log, info: log } as unknown as Log,
      signal,
    );

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "fairway-late-"));
    lines = [];
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("are waited for while they are not there, with one line that does not tell the path", async () => {
    const path = join(directory, "password");
    let isThere = false;
    const waited = waiting(path).then(() => (isThere = true));
    await delay(400);
    assert.equal(isThere, false);
    await writeFile(path, "secret");
    await waited;
    const files = [`ETCD_PASSWORD_FILE (${path.length} characters)`];
    assert.deepEqual(lines, [
      { files, message: "waiting for files that are not there yet" },
      { message: "files are there" },
    ]);
  });

  it("are not waited for when the setting is no path, as a password in its place is none", async () => {
    await waiting("correct horse battery staple");
    assert.deepEqual(lines, []);
  });

  it("are not waited for any longer once the program is to end", async () => {
    const controller = new AbortController();
    const waited = waiting(join(directory, "never"), controller.signal);
    controller.abort();
    await waited;
  });
});
