import { readFileSync, readlinkSync } from "node:fs";

/** Where a program runs: two with the same are in one network of one machine. Empty: the kernel does not tell. */
export type KernelIdentity = {
  /** Another one after each boot. */
  readonly bootId: string;
  /** The network namespace, by the kernel's number. */
  readonly netns: string;
};

/** Asks the kernel. */
export function kernelIdentity(): KernelIdentity {
  return {
    bootId: orEmpty(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    netns: orEmpty(() => /\[([0-9]+)\]$/.exec(readlinkSync("/proc/self/ns/net"))?.[1] ?? ""),
  };
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
