import { type CommandSettings, commandSettings, reasonOf, readSettings } from "@fairway/contract";
import { exitCode, type Options, ProgramExit } from "@fairway/program";
import { adminAddresses, findRegistry } from "@fairway/proxy-agent";
import type { OpenRegistry } from "@fairway/registry";
import { Agents, credentialsOf } from "../agents/agents.ts";

/** The options of every subcommand that asks the registry. */
export const registryOptions = { "--etcd <endpoints>": "members of etcd; stronger than ETCD_ENDPOINTS" } as const;

/** What a subcommand is run with. */
export type CommandLine = {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly options: Options;
};

/** An answer of the registry, and the line that says which one was asked. */
export type AskedRegistry<T> = { readonly answer: T; readonly note: string };

/** The settings of the command. Throws ProgramExit for those that cannot be used. */
export function settingsOf({ env, options: { etcd } }: Pick<CommandLine, "env" | "options">): CommandSettings {
  const read = readSettings(commandSettings, typeof etcd === "string" ? { ...env, ETCD_ENDPOINTS: etcd } : env);
  if (read.ok) return read.settings;
  throw new ProgramExit(
    exitCode.setting,
    read.problems.map((problem) => (typeof etcd === "string" ? sayOption(problem, etcd) : problem)),
  );
}

/** Who gave the option set no variable. */
function sayOption(problem: string, etcd: string): string {
  const variable = `ETCD_ENDPOINTS="${etcd}"`;
  return problem.startsWith(variable) ? `error: --etcd ${etcd}${problem.slice(variable.length)}` : problem;
}

/** Those who can be asked what the registry does not have. Throws ProgramExit for settings that cannot be used. */
export function agentsOf({ env, options }: Pick<CommandLine, "env" | "options">): Agents {
  const settings = settingsOf({ env, options });
  return new Agents({ local: adminAddresses(settings, env), credentials: credentialsOf(settings) });
}

/**
 * Finds the registry, does something with it and closes it. Throws ProgramExit when there is none, when it does not
 * answer and for settings that cannot be used.
 */
export async function askRegistry<T>(
  { env, signal, options }: CommandLine,
  ask: (client: OpenRegistry, note: string) => Promise<T>,
): Promise<AskedRegistry<T>> {
  const { client, note } = await findRegistry(settingsOf({ env, options }), env, signal);
  try {
    return { answer: await ask(client, note), note };
  } catch (error) {
    if (error instanceof ProgramExit) throw error;
    throw new ProgramExit(exitCode.environment, [note, `the registry does not answer: ${reasonOf(error)}`]);
  } finally {
    client.close();
  }
}
