import { readFileSync } from "node:fs";
import { Command } from "commander";
import { reasonOf, type SettingTable, shown } from "@fairway/contract";
import { exitCode, ProgramExit } from "./exit.ts";
import { settingsHelp } from "./settings.ts";

/** One thing a program can be told to do. Resolves when it is done or the signal has stopped it. */
export type Action = (env: NodeJS.ProcessEnv, signal: AbortSignal) => Promise<void>;

/** A subcommand, or several under one name. */
export type Subcommands = Readonly<Record<string, Subcommand | SubcommandGroup>>;

/** Subcommands under one name: `template convert`. */
export type SubcommandGroup = { readonly about: string; readonly subcommands: Readonly<Record<string, Subcommand>> };

/** A subcommand. */
export type Subcommand = {
  readonly about: string;
  /** Left out of the program's help: it is for other programs. */
  readonly isHidden?: boolean;
  /** The name of the first argument that it may be given. */
  readonly argument?: string;
  /** The name of those that may follow the first; undefined: none may. */
  readonly more?: string;
  /** Its options: flags such as `--force` or `--project <name>`, and what each is for. */
  readonly options?: Readonly<Record<string, string>>;
  /** Printed at the end of its help. */
  readonly help?: string;
  /** Resolves with an answer, which is printed, or with nothing to say. */
  readonly action: (
    env: NodeJS.ProcessEnv,
    signal: AbortSignal,
    given: Given,
    output: Output,
  ) => Promise<SubcommandAnswer | Lines | void>;
};

/** Where a subcommand that goes on tells what it finds, before its answer. */
export type Output = {
  readonly print: (line: string) => void;
  /** For people, on standard error. */
  readonly note: (line: string) => void;
  /** Aborts when nobody reads what is printed any more. */
  readonly unread: AbortSignal;
  /** Absent: what is printed goes to no terminal. */
  readonly terminal?: Terminal | undefined;
};

/** A terminal that a subcommand draws on. */
export type Terminal = {
  readonly write: (text: string) => void;
  /** As it is now. */
  readonly size: () => { readonly columns: number; readonly rows: number };
};

type Lines = readonly string[];

/** What a subcommand answers. */
export type SubcommandAnswer = {
  readonly lines: Lines;
  /** For people, on standard error: what was asked, what is left out. */
  readonly notes?: Lines;
  /** With which code the program ends; see {@link exitCode}. */
  readonly code?: number;
};

/** What a subcommand was given on the command line. */
export type Given = {
  readonly argument?: string | undefined;
  readonly more?: Lines;
  readonly options: Options;
};

/** Options by their names in camel case: true, or what was given with it. */
export type Options = Readonly<Record<string, string | boolean>>;

/** A program: what it does without arguments, and its subcommands. */
export type Program = {
  readonly name: string;
  readonly about: string;
  /** URL of the program's package.json, where its version stands. */
  readonly packageJson: URL;
  readonly settings: SettingTable;
  readonly main: Action;
  readonly subcommands?: Subcommands;
  /** What it is told to do; default: what the process was started with. */
  readonly args?: Lines;
};

/**
 * Runs a program's command line: arguments, signals, exit codes. The only place that touches the process.
 * SIGTERM and SIGINT abort the action's signal; a second one ends the process at once.
 */
export async function runProgram(program: Program): Promise<void> {
  // Until it has ended in another way: what waits for something that never comes has failed.
  process.exitCode = exitCode.environment;
  const controller = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.once(name, () => {
      controller.abort(new ProgramExit(exitCode.stopped, []));
      process.once(name, () => process.exit(exitCode.environment));
    });
  }
  const unread = new AbortController();
  // Who reads no further, such as head, has had enough.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    unread.abort();
  });
  const { log: print, error: note } = console;
  const output = { print, note, unread: unread.signal, terminal: terminalOf(process.stdout) };
  const run = { signal: controller.signal, output };
  process.exitCode = await exitCodeOf(() =>
    commandOf(program, run).parseAsync(program.args ?? process.argv.slice(2), fromUser),
  );
}

function terminalOf(stream: NodeJS.WriteStream): Terminal | undefined {
  if (!stream.isTTY) return undefined;
  return { write: (text) => void stream.write(text), size: () => sizeOf(stream) };
}

/** A terminal that nobody told its size, as one over a serial line, says 0. */
function sizeOf({ columns, rows }: NodeJS.WriteStream): ReturnType<Terminal["size"]> {
  return { columns: columns > 0 ? columns : 80, rows: rows > 0 ? rows : 24 };
}

const fromUser = { from: "user" } as const;

async function exitCodeOf(run: () => Promise<unknown>): Promise<number> {
  try {
    await run();
    return exitCode.stopped;
  } catch (error) {
    if (isOurFault(error)) console.error(error);
    else for (const line of linesOf(error)) console.error(line);
    return error instanceof ProgramExit ? error.code : exitCode.environment;
  }
}

/** What JavaScript itself throws is a mistake of this program, to be reported with its stack. */
function isOurFault(error: unknown): boolean {
  return [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
}

function linesOf(error: unknown): readonly string[] {
  return error instanceof ProgramExit ? error.lines : [reasonOf(error)];
}

/** What every subcommand is run with. */
type Run = { readonly signal: AbortSignal; readonly output: Output };

function commandOf(program: Program, run: Run): Command {
  const command = new Command(program.name).description(program.about).version(versionOf(program.packageJson));
  // Commander has printed what is wrong by then; its subcommands inherit this.
  command.exitOverride((end) => {
    throw new ProgramExit(end.exitCode === 0 ? exitCode.stopped : exitCode.setting, []);
  });
  command.addHelpText("after", settingsHelp(program.settings)).allowExcessArguments();
  command.action(async () => {
    refuseUnknown(command.args, namesShown(program.subcommands));
    await program.main(process.env, run.signal);
  });
  for (const [name, subcommand] of Object.entries(program.subcommands ?? {})) {
    const added = command.command(name, { hidden: isHidden(subcommand) });
    if ("subcommands" in subcommand) addGroup(added, subcommand, run);
    else addSubcommand(added, subcommand, run);
  }
  return command;
}

/** Names of subcommands that people are told of. */
export function namesShown(subcommands: Subcommands = {}): readonly string[] {
  return Object.keys(subcommands).filter((name) => !isHidden(subcommands[name]));
}

function isHidden(subcommand: Subcommand | SubcommandGroup | undefined): boolean {
  return subcommand !== undefined && "isHidden" in subcommand && (subcommand.isHidden ?? false);
}

function addGroup(command: Command, { about, subcommands }: SubcommandGroup, run: Run): void {
  command.description(about);
  for (const [name, subcommand] of Object.entries(subcommands)) {
    addSubcommand(command.command(name), subcommand, run);
  }
}

function addSubcommand(
  command: Command,
  { about, argument, more, options = {}, help, action }: Subcommand,
  { signal, output }: Run,
): void {
  command.description(about).allowExcessArguments(false);
  if (argument !== undefined) command.argument(`[${argument}]`);
  if (more !== undefined) command.argument(`[${more}...]`);
  for (const [flag, use] of Object.entries(options)) command.option(flag, use);
  if (help !== undefined) command.addHelpText("after", `\n${help}`);
  command.action(async () => {
    const [first, ...rest] = command.args;
    const given = { argument: first, ...(more !== undefined && { more: rest }), options: command.opts() };
    print(await action(process.env, signal, given, output));
  });
}

/** Prints an answer; throws ProgramExit where it ends the program with another code than 0. */
function print(answer: SubcommandAnswer | Lines | void): void {
  const {
    lines,
    notes = [],
    code = exitCode.stopped,
  }: SubcommandAnswer = isLines(answer) ? { lines: answer } : (answer ?? none);
  for (const note of notes) console.error(note);
  if (lines.length > 0) console.log(lines.join("\n"));
  if (code !== exitCode.stopped) throw new ProgramExit(code, []);
}

const none: SubcommandAnswer = { lines: [] };

function isLines(answer: SubcommandAnswer | Lines | void): answer is Lines {
  return Array.isArray(answer);
}

/** What is no subcommand reaches the program itself as an argument, and it takes none. */
function refuseUnknown([first]: readonly string[], known: readonly string[]): void {
  if (first === undefined) return;
  const line = `error: unknown command '${shown(first)}'; commands: ${known.join(", ") || "none"}`;
  throw new ProgramExit(exitCode.setting, [line]);
}

/** The version in a package.json. */
export function versionOf(packageJson: URL): string {
  const { version } = JSON.parse(readFileSync(packageJson, "utf8")) as { version: string };
  return version;
}
