import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** What Debian asks before it starts the service of a package that it has just installed. */
const policy = "/usr/sbin/policy-rc.d";
const saved = `${policy}.before-fairway`;
const mark = /^# Fairway's, while process (\d+) installs packages$/m;

/**
 * Does something while no package that is installed may start its service. The machine's own policy is
 * put back afterwards in any case.
 * @param {() => Promise<void>} install
 */
export async function withoutServiceStarts(install) {
  if (existsSync(policy)) renameSync(policy, saved);
  process.once("exit", putBack);
  writeFileSync(policy, `#!/bin/sh\n# Fairway's, while process ${process.pid} installs packages\nexit 101\n`, {
    mode: 0o755,
  });
  try {
    await install();
  } finally {
    process.off("exit", putBack);
    putBack();
  }
}

/** Puts the machine's policy back after a run that was killed while it installed. */
export function mendPolicy() {
  const owner = ownerOf();
  if (owner === undefined || !existsSync(`/proc/${owner}`)) putBack();
}

function putBack() {
  if (ownerOf() !== undefined) rmSync(policy);
  if (existsSync(saved)) renameSync(saved, policy);
}

/** The process whose policy is in force; undefined when it is the machine's own. */
function ownerOf() {
  return existsSync(policy) ? mark.exec(readFileSync(policy, "utf8"))?.[1] : undefined;
}
