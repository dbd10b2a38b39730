#!/usr/bin/env node
import { runProgram, versionOf } from "@fairway/program";
import { run } from "./commands/run.ts";
import { agentSettings } from "@fairway/contract";
import { stop } from "./commands/stop.ts";
import { why } from "./commands/why.ts";

const packageJson = new URL("../package.json", import.meta.url);

void runProgram({
  name: "fairway-proxy-agent",
  about: "Keeps a local HAProxy in step with the endpoints in the registry.",
  packageJson,
  settings: agentSettings,
  main: (env, signal) => run(env, versionOf(packageJson), signal),
  subcommands: {
    why: {
      about: "Say why a container is routed or not, by every proxy; without a name: all of which something is refused.",
      argument: "container",
      action: why,
    },
    stop: { about: "Stop HAProxy: connections may finish for STOP_TIMEOUT. Stop its agent first.", action: stop },
  },
});
