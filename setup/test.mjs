import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { buildAll, bundleAll } from "./build.mjs";
import { root, show } from "./command.mjs";
import { enclosure } from "./enclosure.mjs";
import { setUp, stopSignal } from "./set-up.mjs";

/** @typedef {Record<string, { passed: number, failed: number }>} Counts by test file, or by the name of a step that failed */

const { signal } = stopSignal();
await setUp({ build: false, images: true, tests: true, signal });

const node = process.execPath;
const { command: enclosed, env } = enclosure("test");

const lint = [node, "node_modules/oxlint/bin/oxlint", "--type-aware", "--deny-warnings"];
const format = [node, "node_modules/prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."];

/** At most so many files get a second go: where more fail, something is broken. */
const mostAgain = 4;

const steps = await Promise.all([
  step("lint", lint),
  step("format", format),
  step("build", buildAll).then(async (built) => ({ ...built, ...(await step("bundles", bundleAll)) })),
]);
const runs = [
  ...(await Promise.all([
    // Images take the network and the disk, tests of adapters mostly wait: together with unit tests they keep the processor
    // busy, and none of them needs another.
    step("images", [node, "setup/images.mjs", "--save"]),
    mocha("unit tests, beside images", ".mocharc.unit.json"),
    mocha("tests of adapters, four files at a time, beside unit tests", ".mocharc.adapters.json"),
  ])),
  await mocha("system tests, four files at a time", ".mocharc.system.json"),
  await mocha("tests that measure, alone", ".mocharc.load.json"),
];
const first = merged([...steps, ...runs]);
const failing = Object.keys(first).filter((file) => first[file]?.failed);
const again = failing.length <= mostAgain ? failing.filter((file) => existsSync(file)) : [];
const second = again.length > 0 ? await mochaAlone(again) : {};
const counts = Object.values({ ...first, ...second });

for (const file of again) {
  const outcome = second[file]?.failed === 0 ? "passed only when run again, by itself" : "failed twice";
  console.log(`${relative(root, file)}: ${outcome}`);
}
const passed = sum(counts.map((each) => each.passed));
const failed = sum(counts.map((each) => each.failed));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/**
 * A step that is no test: it counts only when it fails.
 * @param {string} name
 * @param {readonly string[]} command
 * @returns {Promise<Counts>}
 */
async function step(name, command) {
  console.log(`\n# ${name}`);
  const code = await show(command, { signal });
  endIfStopped();
  return code === 0 ? {} : { [name]: { passed: 0, failed: 1 } };
}

/**
 * Runs the test files that a configuration of mocha names.
 * @param {string} name
 * @param {string} config
 * @returns {Promise<Counts>}
 */
async function mocha(name, config) {
  console.log(`\n# ${name}`);
  return counted(config, ["--config", config]);
}

/**
 * Runs test files one after the other, nothing beside them.
 * @param {readonly string[]} files
 * @returns {Promise<Counts>}
 */
async function mochaAlone(files) {
  console.log(`\n# files that failed, again and by themselves`);
  return counted("again", ["--no-config", "--timeout", "120000", ...files]);
}

/**
 * Runs mocha without the process that it would put in between, which keeps SIGTERM to itself.
 * @param {string} name of this run
 * @param {readonly string[]} args
 * @returns {Promise<Counts>}
 */
async function counted(name, args) {
  const file = join(env.TMPDIR, `counts-${name}.json`);
  const reporter = ["--reporter", "setup/reporter.mjs", "--reporter-option", `counts=${file}`];
  const flags = ["--conditions=source", "--import=tsx"];
  const code = await show(enclosed([node, ...flags, "node_modules/mocha/lib/cli/cli.js", ...args, ...reporter]), {
    signal,
    env,
  });
  endIfStopped();
  const counts = readCounts(file);
  const hasFailure = Object.values(counts).some(({ failed }) => failed > 0);
  return code === 0 || hasFailure ? counts : { ...counts, [`mocha ${args.join(" ")}`]: { passed: 0, failed: 1 } };
}

/**
 * @param {string} file
 * @returns {Counts}
 */
function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { [file]: { passed: 0, failed: 1 } };
  }
}

/**
 * @param {readonly Counts[]} all
 * @returns {Counts}
 */
function merged(all) {
  return Object.assign({}, ...all);
}

function endIfStopped() {
  if (signal.aborted) process.exit(130);
}

/** @param {readonly number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, n) => total + n, 0);
}
