import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { builtInTemplate, render } from "@fairway/haproxy";
import { renderOptions } from "../../src/config/line-origins.ts";
import { registry } from "../arbitrary.ts";
import { desiredOf } from "../facts.ts";
import { assertValid } from "./kit/assert-valid.ts";

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
      await assertValid(file);
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
