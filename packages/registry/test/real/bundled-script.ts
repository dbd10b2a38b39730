import { mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** Within reach of npm packages, which stay what they are. */
const directory = join(root, "node_modules/.cache/fairway-scripts", String(process.pid));
const packages = ["etcd3", "cockatiel", "zod"];
const made = new Set<string>();

/**
 * A script with all that it imports of ours as one file, which is there until this process ends: Node starts that
 * sooner than from the sources.
 */
export function bundledScript(path: string): string {
  const outfile = join(directory, `${basename(path, ".ts")}.mjs`);
  if (made.has(path)) return outfile;
  if (made.size === 0) process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(directory, { recursive: true });
  const one = { bundle: true, platform: "node", format: "esm" } as const;
  buildSync({ ...one, conditions: ["source"], external: packages, entryPoints: [path], outfile });
  made.add(path);
  return outfile;
}
