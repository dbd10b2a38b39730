import { readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const packages = fileURLToPath(new URL("../../..", import.meta.url));

export type ProgramName = "registrar" | "proxy-agent" | "template" | "cli";

/** What programs are made of beside their own source. */
const libraries = ["contract", "haproxy", "loop", "program", "registry"];

/** The command has what the programs answer when they are asked. */
const madeOf = (name: ProgramName) => [
  name,
  ...libraries,
  ...(name === "cli" ? ["proxy-agent", "registrar", "template", "ui"] : []),
];

/** What a program is called on the command line. */
export function binOf(name: ProgramName): string {
  return name === "cli" ? "fairway" : `fairway-${name}`;
}

/**
 * The command line of one of our programs: its bundle when that is up to date, else its source, so that what runs is
 * always what stands in the working tree.
 */
export function programCommand(name: ProgramName): readonly [string, ...string[]] {
  if (isBundled(name)) return [process.execPath, join(packages, name, `bundle/bin/${binOf(name)}.js`)];
  return [...sourceRunner(), join(packages, name, "src/main.ts")];
}

/** Whether a program's bundle is there and was begun after the last change of everything that it is made of. */
export function isBundled(name: ProgramName): boolean {
  const sources = madeOf(name).flatMap((each) => [`${each}/src`, `${each}/templates`, `${each}/package.json`]);
  const rest = ["../package.json", "../package-lock.json", "../LICENSE", "../setup"];
  return changed(`${name}/bundle/package.json`) > Math.max(...[...sources, ...rest].map(changed));
}

/** What runs TypeScript as it stands, before the file's name. */
export function sourceRunner(): readonly [string, ...string[]] {
  return [process.execPath, "--conditions=source", "--import", tsx()];
}

/** By path, as the name alone would be looked for from the working directory. */
function tsx(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
}

function changed(path: string): number {
  return newest(join(packages, path));
}

/** The latest change of a file or of what is below a directory, in milliseconds; 0 when there is none. */
function newest(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  const below = found.isDirectory() ? readdirSync(path).map((name) => newest(join(path, name))) : [];
  return Math.max(found.mtimeMs, ...below);
}
