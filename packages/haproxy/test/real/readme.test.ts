import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as library from "@fairway/haproxy";
import { freePort } from "../../../../test/free-ports.ts";

const AsyncFunction = (async () => undefined).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<void>;

/** The example, as JavaScript: without its import, and without types. */
function scriptOf(readme: string): string {
  const [, example = ""] = /```ts\n([^]*?)```/.exec(readme) ?? [];
  return example
    .replace(/^import .*$/m, "")
    .replaceAll(" as const", "")
    .replaceAll("(name: string)", "(name)");
}

describe("the README of @fairway/haproxy", () => {
  it("has an example that runs", async () => {
    const directory = await mkdtemp(join(tmpdir(), "fairway-readme-"));
    try {
      const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
      const said: unknown[] = [];
      const given = {
        ...library,
        directory,
        port: await freePort(),
        serverPort: 9,
        signal: AbortSignal.timeout(20_000),
        writeFile,
        console: { log: (line: unknown) => said.push(line) },
      };
      await new AsyncFunction(...Object.keys(given), scriptOf(readme))(...Object.values(given));
      assert.deepEqual(said, [["first 0", "second 1"]]);
    } finally {
      await rm(directory, { recursive: true, force: true, maxRetries: 10 });
    }
  });
});
