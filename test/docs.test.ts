import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { configurationPage } from "../docs/configuration-page.ts";
import { withLabelTables } from "../docs/labels-page.ts";

const root = new URL("..", import.meta.url);

function page(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

describe("documentation", () => {
  it("lists every setting as the programs read it (else: npm run docs)", () => {
    assert.equal(page("docs/configuration.md"), configurationPage());
  });

  it("lists every label as the programs read it (else: npm run docs)", () => {
    assert.match(page("docs/labels.md"), /aliyun\.proxy\.TCP_PORTS: [^]*aliyun\.proxy\.VIRTUAL_HOST: /);
    assert.equal(page("docs/labels.md"), withLabelTables(page("docs/labels.md")));
  });

  it("names in failure-modes.md only tests that exist", () => {
    const named = [...page("docs/failure-modes.md").matchAll(/`([\w./-]+\.test\.ts)`: “([^”]+)”/g)];
    assert.ok(named.length > 20, `failure-modes.md names ${named.length} tests`);
    for (const [, file = "", name = ""] of named) {
      assert.ok(page(file).includes(name), `${file} has no test “${name}”`);
    }
  });

  it("lists every decision", () => {
    const index = page("docs/decisions/README.md");
    const missing = readdirSync(new URL("docs/decisions/", root)).filter((file) => !index.includes(`(${file})`));
    assert.deepEqual(missing, ["README.md"]);
  });
});
