import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../..", import.meta.url));
const setup = join(packages, "../setup");

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

describe("the program of a bundle", () => {
  const bundle = mkdtempSync(join(tmpdir(), "fairway-bundle-"));
  const program = join(bundle, "lib/some.cjs");
  const code = `${program}.code`;
  const digestBytes = 32;
  // As long as each other: V8 itself does not tell them apart.
  const [bundled, changed] = ["console.log('bundled', process.argv[2])", "console.log('changed', process.argv[2])"];

  /** What it prints when it has since become other text, with the code that was made of it and this digest. */
  function printedWith(codeOf: (code: Buffer) => Buffer, digested: string): string {
    writeFileSync(program, bundled);
    spawnSync(process.execPath, [join(setup, "code-cache.mjs"), "used", program, "--help"]);
    const made = readFileSync(code).subarray(0, -digestBytes);
    writeFileSync(program, changed);
    writeFileSync(code, Buffer.concat([codeOf(made), createHash("sha256").update(digested).digest()]));
    return run(join(bundle, "bin/some.js")).stdout;
  }

  before(() => {
    for (const folder of ["bin", "lib"]) mkdirSync(join(bundle, folder));
    writeFileSync(join(bundle, "package.json"), '{ "type": "module" }');
    cpSync(join(setup, "loader.mjs"), join(bundle, "bin/some.js"));
  });

  after(() => rmSync(bundle, { recursive: true }));

  it("runs the code that was made of it", () => {
    assert.equal(
      printedWith((made) => made, changed),
      "bundled --version\n",
    );
  });

  for (const [which, printed] of Object.entries({ all: "bundled\n", used: "changed\n" })) {
    it(`has code of ${which} functions`, () => {
      const later = (word: string) =>
        `const later = () => "${word}"; if (process.argv[2] !== "--help") console.log(later());`;
      writeFileSync(program, later("bundled"));
      spawnSync(process.execPath, [join(setup, "code-cache.mjs"), which, program, "--help"]);
      const made = readFileSync(code).subarray(0, -digestBytes);
      writeFileSync(program, later("changed"));
      writeFileSync(code, Buffer.concat([made, createHash("sha256").update(later("changed")).digest()]));
      assert.equal(run(join(bundle, "bin/some.js")).stdout, printed);
    });
  }

  it("does not run code that was made of another text", () => {
    assert.equal(
      printedWith((made) => made, bundled),
      "changed --version\n",
    );
  });

  it("is compiled where V8 refuses the code", () => {
    assert.equal(
      printedWith((made) => made.subarray(0, -8), changed),
      "changed --version\n",
    );
  });

  it("is compiled where there is no code", () => {
    writeFileSync(program, changed);
    rmSync(code, { force: true });
    assert.equal(run(join(bundle, "bin/some.js")).stdout, "changed --version\n");
  });
});
