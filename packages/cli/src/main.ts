#!/usr/bin/env node
import { commandSettings, uiSettings } from "@fairway/contract";
import {
  exitCode,
  namesShown,
  ProgramExit,
  runProgram,
  settingsHelp,
  type Subcommands,
  versionOf,
} from "@fairway/program";
import { releaseCommand } from "@fairway/registrar";
import { convertCommand } from "@fairway/template";
import { registryOptions } from "./commands/ask-registry.ts";
import { completion, type CompletionTable, flagsOf, shells } from "./commands/completion.ts";
import { drain, undrain } from "./commands/drain.ts";
import { doctor } from "./commands/doctor.ts";
import { get } from "./commands/get.ts";
import { history } from "./commands/history.ts";
import { logs } from "./commands/logs.ts";
import { plan } from "./commands/plan.ts";
import { release } from "./commands/release.ts";
import { rollout } from "./commands/rollout.ts";
import { set, unset } from "./commands/set.ts";
import { ui } from "./commands/ui.ts";
import { top } from "./commands/top.ts";
import { wait } from "./commands/wait.ts";
import { why } from "./commands/why.ts";
import { argumentsOf, pluginMetadata } from "./docker-plugin.ts";
import { momentForms } from "./journal/read-moment.ts";
import { logFormOption } from "./logs/log-item.ts";
import { formOption } from "./output/read-form.ts";
import { kinds } from "./resources/kinds.ts";

const packageJson = new URL("../package.json", import.meta.url);
const ofProject = { "-p, --project <project>": "of one project alone; names may then leave it out" } as const;
const projectOfService = {
  "-p, --project <project>": "the service's project, where its name does not say it",
} as const;

const about = "Shows what is routed, what is refused, and why.";

const rolloutHelp = `Has Compose make the new containers beside the old, waits until every proxy that serves the old ones serves them, keeps
new connections from the old, and stops and removes these when their last connection has ended.
Where the new ones fail, or Ctrl-C comes before they are routed, they are removed and the old ones stay. After that
Ctrl-C leaves the old ones that are still there without new connections: the same rollout again ends it, also after a
kill -9 at any point. A second rollout of the service at the same time does nothing, and says who runs the first.
Ends with 0 when it is done, with 3 when it cannot be done without loss or the new ones are refused or fail, with 124 after
the time or Ctrl-C.
`;

const subcommands: Subcommands = {
  get: {
    about: `Show what the registry has: ${Object.keys(kinds).join(", ")}.`,
    argument: "kind",
    more: "names",
    options: {
      ...formOption,
      "-w, --watch": "go on, with a line for each change; Ctrl-C ends it, with 0",
      ...ofProject,
      ...registryOptions,
    },
    action: get,
  },
  why: {
    about: "Say why a container, a service or a front port is routed or not, by every proxy; without one: all refused.",
    argument: "name",
    options: {
      "--at <time>": `answer for then, by the proxies' journals: ${momentForms}`,
      ...projectOfService,
      ...registryOptions,
    },
    help: "Ends with 0 when all proxies that are to serve it do, with 4 when some do, with 3 when none does.\n",
    action: why,
  },
  wait: {
    about: "Wait until every proxy that is to serve a service or a container does, or for what is said instead.",
    argument: "name",
    options: {
      "--ready <count>": "until so many containers of it are ready, whether they are routed or not",
      "--gone": "until the registry has nothing of it any more",
      "--routed-on <node>": "until the proxies of a node, or one as node/proxy, serve it; all is the default",
      "--timeout <time>": "how long, such as 90s or 5m; 30s is the default",
      ...projectOfService,
      ...registryOptions,
    },
    help: "Ends with 0 when it is so, with 4 if a proxy that may refuse it could not be asked, with 124 after the time,\nand with 3 if it was refused by then.\n",
    action: wait,
  },
  plan: {
    about: "Say what the labels of Compose files and templates would do on each proxy, before anything runs.",
    argument: "file",
    more: "files",
    options: {
      ...formOption,
      "--node <node>": "where the containers would run; this machine's node, or the only one, is the default",
      "-p, --project <project>": "the project's name, as Compose takes it",
      ...registryOptions,
    },
    help: "Ends with 0 when all of it is served, with 3 when something is refused, with 2 for a file that cannot be read.\n",
    action: plan,
  },
  history: {
    about: "Show what happened, on which proxy: who came, went, changed, was refused, what was reloaded and why.",
    argument: "service",
    options: {
      "--since <time>": "how long back, such as 15m or 24h; 1h is the default, 30 days the most",
      ...formOption,
      ...ofProject,
      ...registryOptions,
    },
    help: "Ends with 4 when a proxy could not be asked, which one line names.\n",
    action: history,
  },
  top: {
    about: "Show live what services do on all proxies: servers, connections, rates, bytes, queue, errors.",
    options: { "--once": "one table, as where there is no terminal", ...registryOptions },
    help: "Ctrl-C ends it, with 0, and leaves the terminal as it was. One table ends with 4 when a proxy could not be asked.\n",
    action: top,
  },
  logs: {
    about: "Show connections as they end: whose they were, from where, how much, how long, and why they ended.",
    argument: "service",
    options: {
      "-f, --follow": "go on, with a line for each that ends; Ctrl-C ends it, with 0",
      ...logFormOption,
      ...ofProject,
      ...registryOptions,
    },
    help: "Of all proxies, in the order of time. Ends with 4 when a proxy could not be asked.\n",
    action: logs,
  },
  ui: {
    about: "Serve a page that shows all of this live; Ctrl-C ends it, with 0.",
    options: {
      "--listen <address>": "where, such as 127.0.0.1:7384, which is the default; stronger than UI_LISTEN",
      ...registryOptions,
    },
    help: settingsHelp(uiSettings).trimStart(),
    action: ui,
  },
  doctor: {
    about: "Look at what an experienced operator would look at, and say what to do.",
    options: { ...formOption, ...registryOptions },
    help: "Ends with 0 when nothing is broken, with 3 when something is or soon will be, with 4 when something could not be asked.\n",
    action: (env, signal, { options }) => doctor({ env, signal, options }, versionOf(packageJson)),
  },
  rollout: {
    about: "Replace the containers of a Compose service one version by the next, so that no connection notices.",
    argument: "service",
    options: {
      "--scale <count>": "how many new ones; as many as the file says, else as there are, is the default",
      "--force": "also those that are as the file says",
      "-f, --file <file>": "the file of Compose; what Compose takes is the default",
      "-p, --project <project>": "the project, as Compose takes it",
      "--timeout <time>":
        "how long the new ones have to be routed, and proxies to let go of the old; 2m is the default",
      "--drain <time>": "how long connections of the old ones may last; 10s is the default",
      ...registryOptions,
    },
    help: rolloutHelp,
    action: rollout,
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
  drain: {
    about: "Keep new connections from a container, or from all of a node; those that it has go on.",
    argument: "name",
    options: registryOptions,
    action: drain,
  },
  undrain: {
    about: "Give a container, or a node, new connections again.",
    argument: "name",
    options: registryOptions,
    action: undrain,
  },
  release: { ...releaseCommand, options: { ...releaseCommand.options, ...registryOptions }, action: release },
  template: { about: "Make files for today's Docker of templates.", subcommands: { convert: convertCommand } },
  version: { about: "Print the version.", action: async () => [versionOf(packageJson)] },
  completion: {
    about: `Print what a shell completes this command with: ${shells.join(", ")}.`,
    argument: "shell",
    help: 'bash: eval "$(fairway completion bash)"\n',
    action: async (_env, _signal, given) => completion(given, completed()),
  },
  "docker-cli-plugin-metadata": pluginMetadata(about, versionOf(packageJson)),
};

/** What may stand after each subcommand. */
function completed(): CompletionTable {
  const words: Readonly<Record<string, readonly string[]>> = { get: Object.keys(kinds), completion: shells };
  return Object.fromEntries(
    namesShown(subcommands).map((name) => {
      const each = subcommands[name];
      const below = each !== undefined && "subcommands" in each ? Object.keys(each.subcommands) : [];
      const flags = each !== undefined && "options" in each ? flagsOf(each.options) : [];
      return [name, { words: words[name] ?? below, flags }];
    }),
  );
}

void runProgram({
  name: "fairway",
  about,
  packageJson,
  settings: commandSettings,
  main: () => {
    throw new ProgramExit(exitCode.setting, ["say what to do: fairway --help lists the commands"]);
  },
  subcommands,
  args: argumentsOf(process.argv),
});
