import { existsSync } from "node:fs";
import { join } from "node:path";
import { readPackages, readText, root } from "./sources.ts";

const shapes = [
  /`((?:[\w@.-]+\/)+(?:[\w.-]+\.(?:ts|mjs|js|json|md|yaml))?)(?= |`)/g,
  // Folders and files that a line of a drawing begins with.
  /^ {4}((?:[\w@.-]+\/)+(?:[\w.-]+\.ts)?)(?= )/gm,
  /\]\(([\w./-]+)(?:#[\w-]*)?\)/g,
];

/** The paths that a page names and that are not there: as they stand, beside the page, or without `packages` and `src`. */
export function lostPaths(page: string): readonly string[] {
  const text = readText(page);
  const named = shapes.flatMap((shape) => [...text.matchAll(shape)].map(([, path = ""]) => path));
  return [...new Set(named)].filter((path) => !readingsOf(page, path).some((each) => existsSync(join(root, each))));
}

function readingsOf(page: string, path: string): readonly string[] {
  const [room = "", ...rest] = path.split("/");
  const inEach = readPackages().map(({ name }) => join("packages", name, path));
  return [path, join(page, "..", path), join("packages", path), join("packages", room, "src", ...rest), ...inEach];
}
