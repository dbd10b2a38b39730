import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname } from "node:path";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";

// Runs a program of a bundle, `node setup/code-cache.mjs all|used <file> --help`, and saves at its end the code that V8 has
// made of it, as `<file>.code`, in the way that `setup/loader.mjs` reads it: of all functions, for a program that runs long and
// uses most of them in the end, or of those alone that were used, which is read sooner.
const [, , which, file = ""] = process.argv;
const source = readFileSync(file);
const digest = createHash("sha256").update(source).digest();
if (which === "all") setFlagsFromString("--no-lazy");
const script = new Script(Module.wrap(source.toString("latin1")), { filename: file });
// V8 refuses code that was saved with other flags than it is read with.
setFlagsFromString("--lazy");
process.argv.splice(1, 2);
process.once("exit", () => writeFileSync(`${file}.code`, Buffer.concat([script.createCachedData(), digest])));
script.runInThisContext()({}, createRequire(file), { exports: {} }, file, dirname(file));
