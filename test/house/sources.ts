import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** One source file of a package: its text and the source files that it imports, types included. */
export type Source = { readonly path: string; readonly text: string; readonly imports: readonly string[] };

/** Packages by name, with what their package.json declares. */
export type Package = { readonly name: string; readonly dependencies: readonly string[] };

/** Reads a file of the repository. */
export function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Every package below `packages/`. */
export function readPackages(): readonly Package[] {
  return readdirSync(join(root, "packages")).map((name) => {
    const { dependencies = {} } = JSON.parse(readText(`packages/${name}/package.json`)) as {
      dependencies?: Readonly<Record<string, string>>;
    };
    return { name, dependencies: Object.keys(dependencies) };
  });
}

/** Every source file of every package, by its path in the repository. */
export function readSources(): ReadonlyMap<string, Source> {
  const paths = readPackages().flatMap(({ name }) => filesBelow(join(root, "packages", name, "src")));
  const sources = paths.map((file) => readSource(relative(root, file)));
  return new Map(sources.map((source) => [source.path, source]));
}

/** The files that one leads to by imports, itself included. */
export function reachableFrom(sources: ReadonlyMap<string, Source>, start: string): ReadonlySet<string> {
  const found = new Set([start]);
  for (const path of found) for (const next of sources.get(path)?.imports ?? []) found.add(next);
  return found;
}

/** A circle in a graph of names, as the names along it; undefined: there is none. */
export function findCircle(graph: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | undefined {
  const finished = new Set<string>();
  const visit = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (finished.has(name)) return undefined;
    for (const next of graph.get(name) ?? []) {
      const circle = visit(next, [...path, name]);
      if (circle) return circle;
    }
    finished.add(name);
    return undefined;
  };
  return [...graph.keys()].map((name) => visit(name, [])).find(Boolean);
}

/** Every TypeScript file of ours, tests, lab and benchmarks as well, by its path in the repository. */
export function readAllTexts(): ReadonlyMap<string, string> {
  const folders = readPackages().flatMap(({ name }) => [`packages/${name}/src`, `packages/${name}/test`]);
  const present = [...folders, "test", "bench"].map((folder) => join(root, folder)).filter((each) => existsSync(each));
  const paths = present.flatMap(filesBelow).map((file) => relative(root, file));
  return new Map(paths.map((path) => [path, readText(path)]));
}

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return entries.filter((entry) => entry.endsWith(".ts")).map((entry) => join(folder, entry));
}

const importOf = /^(?:import|export)\b[^;]*?\bfrom "([^"]+)";/gms;

function readSource(path: string): Source {
  const text = readText(path);
  const targets = [...text.matchAll(importOf)].flatMap(([, target = ""]) => resolve(path, target) ?? []);
  return { path, text, imports: [...new Set(targets)] };
}

function resolve(from: string, target: string): string | undefined {
  if (target.startsWith(".")) return join(dirname(from), target);
  const name = /^@fairway\/([^/]+)$/.exec(target)?.[1];
  return name === undefined ? undefined : `packages/${name}/src/index.ts`;
}
