import { ensureBuild } from "./build.mjs";
import { SetUpFailed } from "./command.mjs";
import { ensurePrograms } from "./debian-packages.mjs";
import { ensureNodeModules } from "./node-modules.mjs";

const leastNode = [20, 19];

/**
 * Brings a clone to where it can run: npm dependencies, build, the machine's packages. What is there is used as it is.
 * Ends the process when that fails, with what to do about it.
 * @param {{ build: boolean, programs?: boolean, images?: boolean, tests?: boolean, signal: AbortSignal }} options `programs`:
 *   also the machine's packages; `images`, `tests`: with what building images and tests take
 */
export async function setUp({ build, programs = true, images = false, tests = false, signal }) {
  try {
    checkNode();
    await allOrNone(signal, [
      async (signal) => (programs ? ensurePrograms({ images, tests, signal }) : undefined),
      ensureNodeModules,
    ]);
    if (build) await ensureBuild(signal);
  } catch (error) {
    if (signal.aborted) process.exit(130);
    if (!(error instanceof SetUpFailed)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

/**
 * Does steps that need nothing of each other at the same time. When one fails, the others are told to end and waited for.
 * @param {AbortSignal} signal
 * @param {readonly ((signal: AbortSignal) => Promise<void>)[]} steps
 */
async function allOrNone(signal, steps) {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const running = steps.map((step) => step(either));
  try {
    await Promise.all(running);
  } finally {
    failed.abort();
    await Promise.allSettled(running);
  }
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = leastNode;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  throw new SetUpFailed(`this is Node ${process.version}; Fairway needs ${leastNode.join(".")} or newer`);
}

/** Aborts at Ctrl-C or SIGTERM. */
export function stopSignal() {
  const controller = new AbortController();
  const stop = () => controller.abort();
  for (const name of ["SIGINT", "SIGTERM"]) process.on(name, stop);
  const release = () => {
    for (const name of ["SIGINT", "SIGTERM"]) process.off(name, stop);
  };
  return { signal: controller.signal, release };
}
