import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The working tree. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** Where what runs writes; nothing outside of it is written by us in the working tree, beside builds. */
export const logs = join(root, ".fairway", "logs");

/** Ends the set-up with lines for the one who started it. */
export class SetUpFailed extends Error {}

/**
 * What of npm's own environment a command is not to see: `npm start` says in it how npm itself was
 * started, and an npm below it would take that for its own settings.
 */
const ofNpm = /^(npm_(?!config_(registry|cache|userconfig|cafile|proxy|https_proxy|noproxy)$)|INIT_CWD$)/;

/** @returns {NodeJS.ProcessEnv} */
export function cleanEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofNpm.test(name)));
}

/**
 * Runs a command in the working tree; resolves with its exit code, 128 + n for signal n. Its output is shown.
 * It is told to end when the signal aborts, and waited for.
 * @param {readonly string[]} command
 * @param {{ signal: AbortSignal, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>}
 */
export async function show([file = "", ...args], { signal, env = {} }) {
  const settings = { cwd: root, env: { ...cleanEnvironment(), ...env } };
  return ended(spawn(file, args, { ...settings, stdio: ["ignore", "inherit", "inherit"] }), signal);
}

/**
 * Runs a command in the working tree, its output kept in a log.
 * @param {readonly string[]} command
 * @param {{ log: string, signal?: AbortSignal, env?: NodeJS.ProcessEnv }} options without a signal nothing interrupts it
 * @throws {SetUpFailed} with the end of the log when it does not end with code 0
 */
export async function quietly([file = "", ...args], { log, signal, env = {} }) {
  const path = join(logs, log);
  const output = openLog(path);
  const settings = { cwd: root, env: { ...cleanEnvironment(), ...env }, detached: signal === undefined };
  const code = await ended(spawn(file, args, { ...settings, stdio: ["ignore", output, output] }), signal);
  closeSync(output);
  signal?.throwIfAborted();
  if (code === 0) return;
  const lines = readFileSync(path, "utf8").trimEnd().split("\n").slice(-15);
  throw new SetUpFailed([`${file} ${args.join(" ")} failed; the end of ${path}:`, ...lines].join("\n  "));
}

/**
 * @param {string} path
 * @throws {SetUpFailed} where another user has run before
 */
function openLog(path) {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, "w");
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "EACCES") throw error;
    throw new SetUpFailed(notOurs());
  }
}

/** Why we may not write logs, and what to do. */
function notOurs() {
  const directory = dirname(logs);
  if (!existsSync(directory)) return `${root} belongs to ${ownerOf(root)}: start as that user, or clone it anew`;
  const owner = ownerOf(directory);
  return `${directory} belongs to ${owner}: start as that user, or remove it (sudo rm -rf ${directory})`;
}

/** @param {string} path */
function ownerOf(path) {
  const { uid } = statSync(path);
  return uid === 0 ? "root" : `user ${uid}`;
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<number>}
 */
async function ended(child, signal) {
  const stop = () => child.kill("SIGTERM");
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return await new Promise((resolve) => {
      child.once("error", (error) => {
        console.error(error.message);
        resolve(127);
      });
      child.once("exit", (code, name) => resolve(code ?? 128 + (name === "SIGINT" ? 2 : 15)));
    });
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
