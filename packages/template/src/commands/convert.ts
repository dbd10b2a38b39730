import { readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { reasonOf, shown } from "@fairway/contract";
import { exitCode, type Given, ProgramExit, type Subcommand } from "@fairway/program";
import { convertTemplate, forms, isForm } from "../convert.ts";
import { remarkLines } from "../document/remark.ts";

/** How the command line describes it, of each program that has it. */
export const convertCommand: Subcommand = {
  about: "Print a template as a file for today's Docker; notes go to standard error.",
  argument: "file",
  options: {
    "--to <form>": "compose (the default): for one machine; swarm: a stack for docker stack deploy",
    "--output <file>": "write it there instead",
  },
  action: convert,
};

/**
 * Prints a template, or standard input where the file is `-`, in another form; what is to be known of it goes to
 * standard error. Throws ProgramExit with a line for each thing that keeps it from being converted.
 */
async function convert(
  _env: NodeJS.ProcessEnv,
  _signal: AbortSignal,
  { argument: file, options }: Given,
): Promise<readonly string[]> {
  const to = options["to"] ?? "compose";
  if (!isForm(to)) throw wrongUse(`--to ${shown(String(to))}: must be ${forms.join(" or ")}`);
  if (file === undefined) throw wrongUse("name the template; - is standard input");
  const { output, remarks } = convertTemplate(await readTemplate(file), to);
  const lines = remarkLines(file === "-" ? "stdin" : file, remarks);
  if (output === undefined) throw new ProgramExit(exitCode.environment, lines);
  for (const line of lines) console.error(line);
  const path = options["output"];
  if (typeof path !== "string") return [output.trimEnd()];
  await writeFile(path, output).catch((error: unknown) => {
    throw new ProgramExit(exitCode.environment, [`${shown(path)} cannot be written: ${reasonOf(error)}`]);
  });
  return [];
}

async function readTemplate(file: string): Promise<string> {
  try {
    return file === "-" ? await text(process.stdin) : await readFile(file, "utf8");
  } catch (error) {
    throw new ProgramExit(exitCode.environment, [`${shown(file)} cannot be read: ${reasonOf(error)}`]);
  }
}

function wrongUse(line: string): ProgramExit {
  return new ProgramExit(exitCode.setting, [`error: ${line}`]);
}
