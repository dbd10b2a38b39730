import { readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Packages that a program is built of. */
const parts = ["registry", "program"];
const packages = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * The command line of one of our programs: as built when the build is up to date, else from its source,
 * so that what runs is always what stands in the working tree.
 */
export function programCommand(name: "registrar" | "proxy-agent"): readonly string[] {
  const built = [name, ...parts].every(isBuilt);
  const main = join(packages, name, built ? "dist/main.js" : "src/main.ts");
  return built ? [process.execPath, main] : [...sourceRunner(), main];
}

/** What runs TypeScript as it stands, before the file's name. */
export function sourceRunner(): readonly string[] {
  return [process.execPath, "--conditions=source", "--import", tsx()];
}

/** By path, as the name alone would be looked for from the working directory. */
function tsx(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
}

function isBuilt(name: string): boolean {
  const built = newest(join(packages, name, "dist"), ".tsbuildinfo");
  return built > 0 && built >= newest(join(packages, name, "src"), ".ts");
}

/** The latest change of a file under a directory, in milliseconds; 0 when there is none. */
function newest(directory: string, ending: string): number {
  try {
    const files = readdirSync(directory, { recursive: true, encoding: "utf8" });
    return Math.max(
      0,
      ...files.filter((file) => file.endsWith(ending)).map((file) => statSync(join(directory, file)).mtimeMs),
    );
  } catch {
    return 0;
  }
}
