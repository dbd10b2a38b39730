import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../..", import.meta.url));

function run(launcher: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, "--version"], { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("the launcher of a program", () => {
  /** A clone without any npm package. */
  const clone = mkdtempSync(join(tmpdir(), "fairway-launch-"));
  const launcher = join(clone, "packages/some/bin/fairway-some.js");
  const write = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };

  before(() => {
    write(join(clone, "package.json"), '{ "type": "module" }');
    cpSync(join(packages, "program/bin/launch.js"), join(clone, "launch.js"));
    write(launcher, 'import { launch } from "../../../launch.js";\nawait launch(import.meta.url);\n');
  });

  after(() => rmSync(clone, { recursive: true }));

  it("says what to run when nothing is built and the source cannot be run", () => {
    const stderr = `fairway-some is not built: run "npm ci && npm run build" in ${clone}\n`;
    assert.deepEqual(run(launcher), { status: 1, stdout: "", stderr });
  });

  it("runs the bundle, and tells it where npm start keeps its files", () => {
    const bundle = join(clone, "packages/some/bundle/bin/fairway-some.js");
    write(bundle, "console.log(process.argv[2], process.env.FAIRWAY_DIRECTORY);\nprocess.exitCode = 3;\n");
    assert.deepEqual(run(launcher), { status: 3, stdout: `--version ${clone}/.fairway\n`, stderr: "" });
  });

  const bins = { registrar: "fairway-registrar", "proxy-agent": "fairway-proxy-agent", template: "fairway-template" };
  for (const [program, bin] of Object.entries({ ...bins, cli: "fairway" })) {
    it(`runs the ${program} of this clone, built or not`, () => {
      const answer = run(join(packages, program, `bin/${bin}.js`));
      assert.match(answer.stdout, /^\d+\.\d+\.\d+\n$/, answer.stderr);
    });
  }
});
