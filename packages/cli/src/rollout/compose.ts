import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { shown } from "@fairway/contract";
import { exitCode, ProgramExit } from "@fairway/program";
import { type ComposeConfig, readComposeConfig } from "./compose-service.ts";
import { type Ran, runGroup } from "./run-group.ts";

/** Which project of Compose is meant. */
export type ComposeFiles = { readonly file: string | undefined; readonly project: string | undefined };

/** How many lines are shown of what Compose says when it fails. */
const mostLines = 5;

/** How long Compose has to read its files. */
const readMs = 60_000;

/** The user's own Compose: it alone knows how its containers are made. A signal that aborts interrupts what it does. */
export class Compose {
  readonly #command: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  readonly #signal: AbortSignal;

  private constructor(command: readonly string[], env: NodeJS.ProcessEnv, signal: AbortSignal) {
    this.#command = command;
    this.#env = env;
    this.#signal = signal;
  }

  /** Finds the machine's Compose. Throws ProgramExit where there is none. */
  static async find({ file, project }: ComposeFiles, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Compose> {
    const options = [
      file === undefined ? [] : ["--file", file],
      project === undefined ? [] : ["--project-name", project],
    ];
    const { isDone: isPlugin } = await runGroup(["docker", "compose", "version"], env, withinReading(signal));
    if (isPlugin) return new Compose(["docker", "compose", ...options.flat()], env, signal);
    if (isThere("docker-compose", env)) return new Compose(["docker-compose", ...options.flat()], env, signal);
    const advice = "Debian has docker-compose, Docker's own packages docker-compose-plugin";
    throw new ProgramExit(exitCode.environment, [
      `rollout has Compose make the new containers, and neither docker compose nor docker-compose runs here: ${advice}`,
    ]);
  }

  /** The files as Compose reads them. Throws ProgramExit with what it says where it cannot. */
  async config(): Promise<ComposeConfig> {
    const { isDone, stdout, stderr } = await this.#read(["config"]);
    if (this.#signal.aborted) throw new ProgramExit(exitCode.timeout, ["interrupted: nothing was done"]);
    if (!isDone) throw new ProgramExit(exitCode.setting, ["Compose cannot read its files:", ...lastLines(stderr)]);
    return readComposeConfig(stdout);
  }

  /** What Compose would mark a container of a service with that it made now; undefined: it does not say. */
  async hash(service: string): Promise<string | undefined> {
    const { isDone, stdout } = await this.#read(["config", "--hash", service]);
    const line = isDone ? stdout.split("\n").find((each) => each.startsWith(`${service} `)) : undefined;
    return line?.slice(service.length + 1).trim();
  }

  /**
   * Has Compose make containers until there are so many, beside those that are there. Answers what it said where it failed.
   */
  async scale(service: string, count: number): Promise<readonly string[] | undefined> {
    const how = ["up", "--detach", "--no-deps", "--no-recreate", "--scale", `${service}=${count}`, service];
    const { isDone, stderr } = await runGroup([...this.#command, ...how], this.#env, this.#signal);
    return isDone ? undefined : lastLines(stderr);
  }

  #read(args: readonly string[]): Promise<Ran> {
    return runGroup([...this.#command, ...args], this.#env, withinReading(this.#signal));
  }
}

function withinReading(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(readMs)]);
}

/** Whether there is a program of that name; to run it only to see that takes Compose's older form a second. */
function isThere(name: string, { PATH = "" }: NodeJS.ProcessEnv): boolean {
  return PATH.split(delimiter).some((directory) => directory !== "" && existsSync(join(directory, name)));
}

function lastLines(text: string): readonly string[] {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  return lines.slice(-mostLines).map((line) => `  ${shown(line)}`);
}
