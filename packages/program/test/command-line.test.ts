import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const packageDirectory = new URL("..", import.meta.url);
const cwd = fileURLToPath(packageDirectory);

/** A program with subcommands: one says that it was run, as the program does, the others answer lines. */
const program = `
import { runProgram } from "./src/run-program.ts";
void runProgram({
  name: "fairway-test",
  about: "A program of a test.",
  packageJson: new URL("${new URL("package.json", packageDirectory).href}"),
  settings: { port: { name: "PORT", about: "A port.", fallback: "1" } },
  main: async () => console.log("main"),
  subcommands: {
    stop: { about: "Stop it.", action: async () => console.log("stop") },
    hang: { about: "Wait for what never comes.", isHidden: true, action: () => new Promise(() => {}) },
    ask: { about: "Ask it.", action: async () => ["one line", "100%s"] },
    give: {
      about: "Give it something.",
      argument: "what",
      options: { "--force": "by force", "--dry-run": "not really", "--to <name>": "to whom" },
      action: async (env, signal, given) => [JSON.stringify(given)],
    },
    answer: {
      about: "Answer with a note and a code.",
      argument: "first",
      more: "others",
      action: async (env, signal, given) => ({ lines: [JSON.stringify(given)], notes: ["a note"], code: 4 }),
    },
  },
});
`;

type Answer = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** What CommonJS packages expect to find. */
const commonJs = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/** The program with all that it imports, compiled once for all of its runs. */
async function compile(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: cwd },
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["source"],
    banner: { js: commonJs },
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

let compiled: string;

async function run(...args: readonly string[]): Promise<Answer> {
  return new Promise((resolve) => {
    const options = ["--input-type=module", "-", ...args];
    const child = execFile(process.execPath, options, { cwd }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
    child.stdin?.end(compiled);
  });
}

describe("a program's command line", () => {
  before(async () => {
    compiled = await compile();
  });

  it("runs the program, or the subcommand that is named", async () => {
    assert.deepEqual(await run(), { code: 0, stdout: "main\n", stderr: "" });
    assert.deepEqual(await run("stop"), { code: 0, stdout: "stop\n", stderr: "" });
  });

  it("prints what a subcommand answers", async () => {
    assert.deepEqual(await run("ask"), { code: 0, stdout: "one line\n100%s\n", stderr: "" });
  });

  it("hands a subcommand its argument and its options", async () => {
    const all = await run("give", "it", "--dry-run", "--to", "me");
    assert.equal(all.stdout, '{"argument":"it","options":{"dryRun":true,"to":"me"}}\n');
    assert.equal((await run("give")).stdout, '{"options":{}}\n');
    const { code, stderr } = await run("give", "--bogus");
    assert.deepEqual([code, stderr], [2, "error: unknown option '--bogus'\n"]);
  });

  it("hands a subcommand all of several arguments, and ends with the code that it answers", async () => {
    const stdout = '{"argument":"a","more":["b","c"],"options":{}}\n';
    assert.deepEqual(await run("answer", "a", "b", "c"), { code: 4, stdout, stderr: "a note\n" });
  });

  it("has failed when it ends while it waits for what never comes", async () => {
    assert.deepEqual(await run("hang"), { code: 1, stdout: "", stderr: "" });
  });

  it("prints its settings with --help", async () => {
    const { code, stdout } = await run("--help");
    assert.equal(code, 0);
    assert.match(stdout, /^ {2}PORT {2}A port\. \(1\)$/m);
  });

  for (const [args, line] of [
    [["bogus"], "error: unknown command 'bogus'; commands: stop, ask, give, answer"],
    [["stop", "more"], "error: too many arguments for 'stop'. Expected 0 arguments but got 1."],
    [["--bogus"], "error: unknown option '--bogus'"],
  ] as const) {
    it(`is refused with exit code 2: ${args.join(" ")}`, async () => {
      assert.deepEqual(await run(...args), { code: 2, stdout: "", stderr: `${line}\n` });
    });
  }
});
