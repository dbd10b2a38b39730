#!/usr/bin/env node
import { exitCode, ProgramExit, runProgram } from "@fairway/program";
import { convertCommand } from "./commands/convert.ts";

void runProgram({
  name: "fairway-template",
  about: "Makes files of Docker Compose and Swarm of templates with aliyun.* labels.",
  packageJson: new URL("../package.json", import.meta.url),
  settings: {},
  main: () => {
    throw new ProgramExit(exitCode.setting, ["say what to convert: fairway-template convert <file>"]);
  },
  subcommands: { convert: convertCommand },
});
