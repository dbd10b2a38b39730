import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";

/** Starts a program that the kernel kills when this process ends, however it ends. */
export function spawnBound(program: string, args: readonly string[], stdio: StdioOptions): ChildProcess {
  return spawn("setpriv", ["--pdeathsig", "KILL", "--", program, ...args], { stdio });
}
