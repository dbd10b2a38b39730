#!/usr/bin/env node
import { registrarSettings } from "@fairway/contract";
import { runProgram, versionOf } from "@fairway/program";
import { claims } from "./commands/claims.ts";
import { leave } from "./commands/leave.ts";
import { release } from "./commands/release.ts";
import { run } from "./commands/run.ts";

const packageJson = new URL("../package.json", import.meta.url);

await runProgram({
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
    release: {
      about: "End the claim to a front port: 6379, or 6379@proxy_test for a load balancer's.",
      argument: "port",
      options: {
        "--force": "also while its holder uses the port",
        "--unused": "every claim that nothing uses; of one port, if it is given",
        "--project <project>": "whose claim, where several have one; of a load balancer's: project/service",
      },
      action: release,
    },
    leave: { about: "Take this node out of the registry; stop its registrar first.", action: leave },
  },
});
