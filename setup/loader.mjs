#!/usr/bin/env node
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, Script } from "node:vm";

// Runs the program of this name in ../lib, with the code that V8 has made of it when it was bundled: compiling is a fifth
// of a start. Another V8 refuses that code, and compiles the program as ever. V8 compares no more than the length of the
// source, so the code ends with a digest of what it was made of.
const digestBytes = 32;
const own = fileURLToPath(import.meta.url);
const file = join(dirname(own), "../lib", `${basename(own, ".js")}.cjs`);
const source = readFileSync(file);
const script = new Script(Module.wrap(source.toString("latin1")), {
  filename: file,
  cachedData: codeOf(source),
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
script.runInThisContext()({}, createRequire(file), { exports: {} }, file, dirname(file));

/** @param {Buffer} bytes */
function codeOf(bytes) {
  const code = read(`${file}.code`);
  const isOfThis = createHash("sha256").update(bytes).digest().equals(code.subarray(-digestBytes));
  return isOfThis ? code.subarray(0, -digestBytes) : undefined;
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.of();
  }
}
