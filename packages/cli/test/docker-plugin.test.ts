import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argumentsOf } from "../src/docker-plugin.ts";

const packageJson = new URL("../package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(packageJson, "utf8")) as { version: string };

describe("the command as a plugin of Docker's", () => {
  const rows: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
    ["by its own name: all", "/usr/local/bin/fairway", ["get", "services"], ["get", "services"]],
    ["by its own name, also its name again", "/x/fairway.js", ["fairway", "get"], ["fairway", "get"]],
    ["as a plugin: what follows its name", "/x/docker-fairway", ["fairway", "get", "nodes"], ["get", "nodes"]],
    ["as a plugin: nothing of Docker's options", "docker-fairway", ["--context", "x", "fairway", "why"], ["why"]],
    ["as a plugin: not a context's name", "docker-fairway", ["--context", "fairway", "fairway", "get"], ["get"]],
    ["as a plugin: a service of its name", "docker-fairway", ["fairway", "why", "fairway"], ["why", "fairway"]],
    [
      "as a plugin: the question what it is",
      "docker-fairway",
      ["docker-cli-plugin-metadata"],
      ["docker-cli-plugin-metadata"],
    ],
  ];
  for (const [what, program, given, expected] of rows) {
    it(`is told ${what}`, () => assert.deepEqual(argumentsOf(["node", program, ...given]), expected));
  }

  it("tells Docker what it is, and does what follows its name, by a link to it", function () {
    this.timeout(30_000);
    const directory = mkdtempSync(join(tmpdir(), "fairway-plugin-"));
    try {
      const plugin = join(directory, "docker-fairway");
      symlinkSync(join(import.meta.dirname, "../bin/fairway.js"), plugin);
      const run = (...args: readonly string[]) =>
        execFileSync(process.execPath, [plugin, ...args], { encoding: "utf8" });
      assert.deepEqual(JSON.parse(run("docker-cli-plugin-metadata")), {
        SchemaVersion: "0.1.0",
        Vendor: "Fairway",
        Version: version,
        ShortDescription: "Shows what is routed, what is refused, and why",
      });
      assert.equal(run("fairway", "version"), `${version}\n`);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
