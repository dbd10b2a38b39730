import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { agentSettings, findLabel } from "@fairway/contract";
import { describe, it } from "mocha";
import { commandPage } from "../docs/command-page.ts";
import { configurationPage } from "../docs/configuration-page.ts";
import { withLabelTables } from "../docs/labels-page.ts";
import { timesOf, timesPage } from "../docs/times-page.ts";

const root = new URL("..", import.meta.url);

function page(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

describe("documentation", () => {
  it("lists every setting as the programs read it (else: npm run docs)", () => {
    assert.equal(page("docs/configuration.md"), configurationPage());
  });

  it("has what fairway and each subcommand print with --help (else: npm run docs)", () => {
    assert.equal(page("docs/command.md"), commandPage());
  });

  it("lists every fixed time as the programs have it (else: npm run docs)", () => {
    assert.equal(page("docs/times.md"), timesPage());
    const times = ["registrar", "proxy-agent"].flatMap(timesOf);
    assert.ok(times.length > 40, `it lists ${times.length}`);
    assert.deepEqual(
      times.filter(({ about }) => about === "").map(({ file, name }) => `${file}: ${name} has no docstring`),
      [],
    );
  });

  it("says of every fixed time what it is a time of, in a sentence that reads alone", () => {
    const rows = page("docs/times.md").match(/^\| (?!what |-).*$/gm) ?? [];
    const begins = /^\| (How (often|long|much|late)|After how long|What a lease) /;
    assert.deepEqual(
      rows.filter((row) => !begins.test(row)),
      [],
    );
  });

  it("lists every label as the programs read it (else: npm run docs)", () => {
    assert.match(page("docs/labels.md"), /aliyun\.proxy\.TCP_PORTS: [^]*aliyun\.proxy\.VIRTUAL_HOST: /);
    assert.equal(page("docs/labels.md"), withLabelTables(page("docs/labels.md")));
  });

  for (const name of ["failure-modes", "security", "three-solutions"]) {
    it(`names in ${name}.md only tests that exist`, () => {
      const named = [...page(`docs/${name}.md`).matchAll(/`([\w./-]+\.test\.ts)`: “([^”]+)”/g)];
      assert.ok(named.length > 10, `${name}.md names ${named.length} tests`);
      for (const [, file = "", title = ""] of named) {
        assert.ok(page(file).includes(title), `${file} has no test “${title}”`);
      }
    });
  }

  /** The labels and settings of the rows for who comes from acs/proxy. */
  const migrated = () => {
    const rows = page("docs/migrating-from-acs-proxy.md").match(/^\| `.*$/gm) ?? [];
    return rows.flatMap((row) => (row.split(" | ")[0] ?? "").match(/(?<=`)[^`:, ]+(?=[`:])/g) ?? []);
  };

  it("shows by the tests that it names each label and setting for who comes from acs/proxy", () => {
    const tests = page("docs/migrating-from-acs-proxy.md").match(/(?<=`)[\w./-]+\.test\.ts(?=`)/g) ?? [];
    const shown = tests.map(page).join("\n");
    const isShown = (name: string) =>
      shown.includes(name.replace(/^aliyun\.proxy\./, "").replace(/(?<=port_)\d+$/, ""));
    assert.deepEqual(
      migrated().filter((name) => !isShown(name)),
      [],
    );
  });

  it("promises who comes from acs/proxy no label and no setting that there is not", () => {
    const settings = Object.values(agentSettings).map(({ name }) => name);
    const named = migrated();
    const isThere = (name: string) => settings.includes(name) || findLabel(name) !== undefined;
    assert.ok(named.length > 30, `it names ${named.length}`);
    assert.deepEqual(
      named.filter((name) => !isThere(name)),
      [],
    );
  });

  it("gives the programs of a node a user each: the proxy's is not in Docker's group", () => {
    const unit = (program: string) => page(`deploy/systemd/fairway-${program}.service`);
    const users = ["registrar", "proxy-agent", "stop-haproxy"].map((each) => /^User=(.+)$/m.exec(unit(each))?.[1]);
    assert.deepEqual(users, ["fairway-registrar", "fairway", "fairway"]);
    assert.match(unit("registrar"), /^SupplementaryGroups=docker$/m);
    assert.doesNotMatch(unit("proxy-agent") + unit("stop-haproxy"), /docker/);
  });

  it("has systemd start the programs again however often they end", () => {
    for (const program of ["registrar", "proxy-agent"]) {
      const unit = page(`deploy/systemd/fairway-${program}.service`);
      assert.match(unit, /^\[Unit\][^[]*^StartLimitIntervalSec=0$[^[]*\[Service\][^[]*^Restart=always$/m);
    }
  });

  it("lets the registrar use Docker's socket where SELinux is on", () => {
    assert.match(page("deploy/compose.yaml"), /docker\.sock\n(?: {4}.*\n)*? {4}security_opt: \[label=disable\]\n/);
  });

  it("lists every decision", () => {
    const index = page("docs/decisions/README.md");
    const missing = readdirSync(new URL("docs/decisions/", root)).filter((file) => !index.includes(`(${file})`));
    assert.deepEqual(missing, ["README.md"]);
  });
});
