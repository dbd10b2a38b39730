import { cpus, release, totalmem } from "node:os";
import { run } from "@fairway/standalone";

/** The machine and the versions that figures belong to, a line each. */
export async function machineLines(): Promise<readonly string[]> {
  const [cpu] = cpus();
  const versions = await Promise.all([
    versionOf("haproxy", ["-v"]),
    versionOf("etcd", ["--version"]),
    versionOf("dockerd", ["--version"]),
    versionOf("redis-server", ["--version"]),
  ]);
  return [
    `${cpus().length} cores (${cpu?.model.trim() ?? "unknown"}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()}`,
    `node ${process.versions.node}, ${versions.join(", ")}`,
  ];
}

/** The first number of a program's own words about its version that has dots in it. */
async function versionOf(program: string, args: readonly string[]): Promise<string> {
  const words = await run([program, ...args]);
  return `${program} ${/\d+(\.\d+)+/.exec(words)?.[0] ?? words}`;
}
