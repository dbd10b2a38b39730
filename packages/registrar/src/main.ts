#!/usr/bin/env node
import { registrarSettings } from "@fairway/contract";
import { runProgram, versionOf } from "@fairway/program";
import { claims } from "./commands/claims.ts";
import { leave } from "./commands/leave.ts";
import { release, releaseCommand } from "./commands/release.ts";
import { run } from "./commands/run.ts";

const packageJson = new URL("../package.json", import.meta.url);

void runProgram({
  name: "fairway-registrar",
  about: "Writes the endpoints of this node's containers into the registry.",
  packageJson,
  settings: registrarSettings,
  main: (env, signal) => run(env, versionOf(packageJson), signal),
  subcommands: {
    claims: {
      about: "List who has claimed which front port, and whether it is used.",
      options: { "--dry-run": "say also whose endpoints proxies would refuse" },
      action: claims,
    },
    release: { ...releaseCommand, action: release },
    leave: { about: "Take this node out of the registry; stop its registrar first.", action: leave },
  },
});
