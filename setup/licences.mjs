import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./command.mjs";

/**
 * Our licence, and those of the npm packages that files come from, one after the other.
 * @param {readonly string[]} files paths in the working tree
 * @returns {Promise<string>}
 */
export async function licencesOf(files) {
  const packages = new Set(files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  const parts = [".", ...[...packages].toSorted()].map(licenceOf);
  return (await Promise.all(parts)).join(`\n${"-".repeat(120)}\n\n`);
}

/** @param {string} path a package's folder, in the working tree */
async function licenceOf(path) {
  const folder = join(root, path);
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  return [`${name} ${version} (${license})`, ...texts.map((text) => text.trim())].join("\n\n") + "\n";
}
