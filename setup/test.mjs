import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildAll, bundleAll } from "./build.mjs";
import { root, show } from "./command.mjs";
import { enclosure } from "./enclosure.mjs";
import { setUp, stopSignal } from "./set-up.mjs";

/** @typedef {{ passed: number, failed: number }} Counts */

const { signal } = stopSignal();
await setUp({ build: false, images: true, signal });

const node = process.execPath;
const { command: enclosed, env } = enclosure("test");

const lint = [node, "node_modules/oxlint/bin/oxlint", "--type-aware", "--deny-warnings"];
const format = [node, "node_modules/prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."];

const counts = [
  ...(await Promise.all([step("lint", lint), step("format", format)])),
  await step("build", buildAll),
  await step("bundles", bundleAll),
  ...(await Promise.all([
    step("images, beside unit tests", [node, "setup/images.mjs", "--save"]),
    mocha("unit tests", ".mocharc.unit.json"),
  ])),
  await mocha("tests of adapters, four files at a time", ".mocharc.adapters.json"),
  await mocha("system tests, two files at a time", ".mocharc.system.json"),
  await mocha("tests that measure, alone", ".mocharc.load.json"),
];

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
  return { passed: 0, failed: code === 0 ? 0 : 1 };
}

/**
 * Runs mocha without the process that it would put in between, which keeps SIGTERM to itself.
 * @param {string} name
 * @param {string} config
 * @returns {Promise<Counts>}
 */
async function mocha(name, config) {
  console.log(`\n# ${name}`);
  const file = join(env.TMPDIR, config);
  const { "node-option": options } = JSON.parse(readFileSync(join(root, config), "utf8"));
  const flags = options.map((/** @type {string} */ option) => `--${option}`);
  const reporter = ["--reporter", "setup/reporter.mjs", "--reporter-option", `counts=${file}`];
  const command = [node, ...flags, "node_modules/mocha/lib/cli/cli.js", "--config", config, ...reporter];
  const code = await show(enclosed(command), { signal, env });
  endIfStopped();
  const { passed, failed } = readCounts(file);
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
}

/**
 * A skipped test shows nothing, so it counts as failed.
 * @param {string} file
 * @returns {Counts}
 */
function readCounts(file) {
  try {
    const { passes, failures, pending } = JSON.parse(readFileSync(file, "utf8"));
    return { passed: passes, failed: failures + pending };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

function endIfStopped() {
  if (signal.aborted) process.exit(130);
}

/** @param {readonly number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, n) => total + n, 0);
}
