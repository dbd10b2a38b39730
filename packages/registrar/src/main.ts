#!/usr/bin/env node
import { registrarSettings } from "@fairway/contract";
import { runProgram, versionOf } from "@fairway/program";
import { leave } from "./commands/leave.ts";
import { run } from "./commands/run.ts";

const packageJson = new URL("../package.json", import.meta.url);

await runProgram({
  name: "fairway-registrar",
  about: "Writes the endpoints of this node's containers into the registry.",
  packageJson,
  settings: registrarSettings,
  main: (env, signal) => run(env, versionOf(packageJson), signal),
  subcommands: {
    leave: { about: "Take this node out of the registry; stop its registrar first.", action: leave },
  },
});
