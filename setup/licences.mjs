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

/**
 * The texts that a package has, else who made it.
 * @param {string} path a package's folder, in the working tree
 */
async function licenceOf(path) {
  const folder = join(root, path);
  const { name, version, license, author } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /^(licen[cs]e|copying|notice)/i.test(entry.name));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file.name), "utf8")));
  const from = texts.length > 0 ? texts.map((text) => text.trim()) : [`by ${author?.name ?? author ?? "its authors"}`];
  return [`${name} ${version} (${license})`, ...from].join("\n\n") + "\n";
}
