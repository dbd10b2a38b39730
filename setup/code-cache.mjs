import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname } from "node:path";
import { Script } from "node:vm";

// Runs a program of a bundle, `node setup/code-cache.mjs <file> --help`, and saves at its end the code that V8 has made of
// it until then, as `<file>.code`, in the way that `setup/loader.mjs` reads it.
const [, , file = ""] = process.argv;
const source = readFileSync(file);
const digest = createHash("sha256").update(source).digest();
const script = new Script(Module.wrap(source.toString("latin1")), { filename: file });
process.argv.splice(1, 1);
process.once("exit", () => writeFileSync(`${file}.code`, Buffer.concat([script.createCachedData(), digest])));
script.runInThisContext()({}, createRequire(file), { exports: {} }, file, dirname(file));
