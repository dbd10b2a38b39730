#!/usr/bin/env node
import { commandSettings } from "@fairway/contract";
import { exitCode, ProgramExit, runProgram, versionOf } from "@fairway/program";
import { registryOptions } from "./commands/ask-registry.ts";
import { get } from "./commands/get.ts";
import { release } from "./commands/release.ts";
import { set, unset } from "./commands/set.ts";
import { why } from "./commands/why.ts";
import { formats } from "./output/render.ts";
import { kinds } from "./resources/kinds.ts";

const packageJson = new URL("../package.json", import.meta.url);
const ofProject = { "-p, --project <project>": "of one project alone; names may then leave it out" } as const;
const projectOfService = {
  "-p, --project <project>": "the service's project, where its name does not say it",
} as const;

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
    why: {
      about:
        "Say why a container, a service or a front port is routed or not, by every proxy; without one: all refused.",
      argument: "name",
      options: {
        "-p, --project <project>": "the service's project, where its name does not say it",
        ...registryOptions,
      },
      help: "Ends with 0 when all proxies that are to serve it do, with 4 when some do, with 3 when none does.\n",
      action: why,
    },
    set: {
      about: "Set what is stronger than a service's labels, on every proxy at once: BALANCE=leastconn.",
      argument: "service",
      more: "NAME=VALUE",
      options: { ...projectOfService, ...registryOptions },
      action: set,
    },
    unset: {
      about: "Let a service's labels decide again.",
      argument: "service",
      more: "NAME",
      options: { "--all": "whatever is set for it", ...projectOfService, ...registryOptions },
      action: unset,
    },
    release: {
      about: "End the claim to a front port: 6379, or 6379@proxy_test for a load balancer's.",
      argument: "port",
      options: {
        "--force": "also while its holder uses the port",
        "--unused": "every claim that nothing uses; of one port, if it is given",
        "-p, --project <project>": "whose claim, where several have one; of a load balancer's: project/service",
        ...registryOptions,
      },
      action: release,
    },
    version: { about: "Print the version.", action: async () => [versionOf(packageJson)] },
  },
});
