#!/usr/bin/env node
import { commandSettings } from "@fairway/contract";
import { exitCode, ProgramExit, runProgram, versionOf } from "@fairway/program";
import { registryOptions } from "./commands/ask-registry.ts";
import { get } from "./commands/get.ts";
import { formats } from "./output/render.ts";
import { kinds } from "./resources/kinds.ts";

const packageJson = new URL("../package.json", import.meta.url);
const ofProject = { "-p, --project <project>": "of one project alone; names may then leave it out" } as const;

await runProgram({
  name: "fairway",
  about: "Shows what is routed, what is refused, and why.",
  packageJson,
  settings: commandSettings,
  main: () => {
    throw new ProgramExit(exitCode.setting, ["say what to do: fairway --help lists the commands"]);
  },
  subcommands: {
    get: {
      about: `Show what the registry has: ${Object.keys(kinds).join(", ")}.`,
      argument: "kind",
      more: "names",
      options: {
        "-o, --output <form>": `${formats.join(", ")}; without it a table`,
        ...ofProject,
        ...registryOptions,
      },
      action: get,
    },
    version: { about: "Print the version.", action: async () => [versionOf(packageJson)] },
  },
});
