import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { builtInTemplate, checkConfig, render } from "@fairway/haproxy";
import { renderOptions } from "../../src/config/line-origins.ts";
import { registry } from "../arbitrary.ts";
import { desiredOf } from "../facts.ts";

describe("haproxy", () => {
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "fairway-valid-"));
  });

  after(() => rm(directory, { recursive: true, force: true }));

  it("finds valid whatever is rendered", async () => {
    const file = join(directory, "haproxy.cfg");
    const property = fc.asyncProperty(registry, async (records) => {
      await writeFile(file, render(desiredOf(records), renderOptions(builtInTemplate())).text);
      const outcome = await checkConfig({
        bin: process.env["HAPROXY_BIN"] ?? "haproxy",
        file,
        env: { PATH: process.env["PATH"] },
        signal: AbortSignal.timeout(10_000),
      });
      assert.deepEqual(outcome, { ok: true });
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
