import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { CheckSecrets } from "../../src/roles/check-secrets.ts";
import { eventually } from "../real/kit/client.ts";

const log = pino({ level: "silent" });

describe("passwords of checks", () => {
  let folder: string;
  let ended: AbortController;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "fairway-secrets-"));
    await mkdir(join(folder, "checks", "shop"), { recursive: true });
    ended = new AbortController();
  });

  afterEach(async () => {
    ended.abort();
    await rm(folder, { recursive: true });
  });

  it("are those of files below the folder, whatever a service calls itself", async () => {
    const secrets = new CheckSecrets({ folder: join(folder, "checks"), log, signal: ended.signal });
    const write = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 });
    await write("outside", "outside");
    await write("checks/shop/db", "of the database\r\n");
    await write("checks/shop/lines", "one\ntwo\n");
    const [db, lines, none, long] = ["db", "lines", "none", "x".repeat(300)].map((service) => ({
      project: "shop",
      service,
    }));
    const outside = ["..", "../..", "../outside", "..\0"].map((service) => ({ project: "shop", service }));
    const above = { project: "..", service: "outside" };
    assert.ok(db && lines && none && long);
    secrets.follow([db, lines, none, long, above, ...outside]);
    await eventually("the database's is known", () => secrets.passwordOf(db) === "of the database");
    await eventually("it says what is none", () => secrets.notes.length > 0);
    assert.deepEqual(secrets.notes, ["CHECK_SECRETS, shop/lines: is no password on one line"]);
    for (const each of [lines, none, long, above, ...outside]) assert.equal(secrets.passwordOf(each), undefined);
    secrets.follow([]);
    assert.equal(secrets.passwordOf(db), undefined);
  });
});
