import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imageTable } from "../src/images/image-table.ts";
import { inputsOf } from "../src/images/recipes.ts";

describe("what images are made of", () => {
  const directory = mkdtempSync(join(tmpdir(), "fairway-images-"));
  after(() => rmSync(directory, { recursive: true, force: true }));

  const write = (clone: string, file: string, text: string) => {
    const path = join(directory, clone, file);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  };

  const recipe = { name: "fairway/registrar", folder: "registrar", program: "registrar" } as const;
  const inputs = (clone: string) => inputsOf(recipe, join(directory, clone));

  before(() => {
    write("a", "deploy/images/registrar/Dockerfile", "FROM scratch");
    write("a", "packages/registrar/bundle/bin/fairway-registrar.js", "one");
    write("a", "packages/registrar/bundle/package.json", "{}");
    write("a", "packages/cli/bundle/bin/fairway.js", "one");
  });

  it("is the same wherever the clone lies and whenever it was built", async () => {
    cpSync(join(directory, "a"), join(directory, "b"), { recursive: true, preserveTimestamps: false });
    assert.match(await inputs("a"), /^[0-9a-f]{16}$/);
    assert.equal(await inputs("b"), await inputs("a"));
  });

  for (const file of [
    "deploy/images/registrar/Dockerfile",
    "deploy/images/registrar/more",
    "packages/registrar/bundle/bin/fairway-registrar.js",
    "packages/registrar/bundle/new.js",
    "packages/cli/bundle/bin/fairway.js",
  ]) {
    it(`changes with ${file}`, async () => {
      const before = await inputs("a");
      cpSync(join(directory, "a"), join(directory, "changed"), { recursive: true });
      write("changed", file, "changed");
      assert.notEqual(await inputs("changed"), before);
      rmSync(join(directory, "changed"), { recursive: true });
    });
  }

  it("does not change with what is not in them", async () => {
    const before = await inputs("a");
    write("a", "packages/registrar/src/main.ts", "source");
    write("a", "packages/proxy-agent/bundle/bin/fairway-proxy-agent.js", "another program");
    write("a", "packages/registrar/bundle/lib/fairway-registrar.cjs.code", "what V8 made");
    assert.equal(await inputs("a"), before);
  });

  it("is told as a table", () => {
    const built = [
      { name: "fairway/registrar", version: "0.1.0", sizeMb: 194, isNew: true },
      { name: "fairway/etcd", version: "0.1.0", sizeMb: 9, isNew: false },
    ];
    assert.deepEqual(imageTable(built).split("\n"), [
      "image              tags           size",
      "fairway/registrar  latest, 0.1.0  194 MB  built",
      "fairway/etcd       latest, 0.1.0  9 MB    unchanged",
    ]);
  });
});
