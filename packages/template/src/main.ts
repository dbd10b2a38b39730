#!/usr/bin/env node
import { exitCode, ProgramExit, runProgram } from "@fairway/program";
import { convert } from "./commands/convert.ts";

await runProgram({
  name: "fairway-template",
  about: "Makes files of Docker Compose and Swarm of templates with aliyun.* labels.",
  packageJson: new URL("../package.json", import.meta.url),
  settings: {},
  main: () => {
    throw new ProgramExit(exitCode.setting, ["say what to convert: fairway-template convert <file>"]);
  },
  subcommands: {
    convert: {
      about: "Print a template as a file for today's Docker; notes go to standard error.",
      argument: "file",
      options: {
        "--to <form>": "compose (the default): for one machine; swarm: a stack for docker stack deploy",
        "--output <file>": "write it there instead",
      },
      action: convert,
    },
  },
});
