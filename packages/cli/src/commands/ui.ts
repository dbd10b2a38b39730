import {
  agentApi,
  type ListenAddress,
  listenText,
  readSettings,
  reasonOf,
  shown,
  uiSettings,
  type UiSettings,
} from "@fairway/contract";
import {
  exitCode,
  type Given,
  type Output,
  ProgramExit,
  type SubcommandAnswer,
  withSettingFiles,
} from "@fairway/program";
import { isLoopbackHost } from "@fairway/proxy-agent";
import { type PageAgents, readPageFiles, servePage } from "@fairway/ui";
import { type Agents, type AskedProxy, unaskedText } from "../agents/agents.ts";
import { agentsOf, askRegistry } from "./ask-registry.ts";

/** Serves the page until the signal aborts. Throws ProgramExit for settings that cannot be used, and for a place where it cannot be served. */
export async function ui(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  { options }: Given,
  output: Output,
): Promise<SubcommandAnswer> {
  const { uiListen: listen, uiAuth: login, uiHosts: hosts } = settingsOf(env, options["listen"]);
  const files = readPageFiles();
  const agents = pageAgents(agentsOf({ env, options }));
  await askRegistry({ env, signal, options }, async (client, note) => {
    output.note(note);
    const onError = (error: unknown) => output.note(`the page is not up to date: ${shown(reasonOf(error))}`);
    const { port, closed } = await serve(
      () => servePage({ client, listen, files, access: { login, hosts }, agents, onError, signal }),
      listen,
    );
    output.print(`the page: ${urlOf({ ...listen, port })}`);
    await closed;
  });
  return { lines: [] };
}

function settingsOf(env: NodeJS.ProcessEnv, listen: string | boolean | undefined): UiSettings {
  const files = withSettingFiles(uiSettings, typeof listen === "string" ? { ...env, UI_LISTEN: listen } : env);
  const read = readSettings(uiSettings, files.env);
  const problems = [...files.problems, ...(read.ok ? [] : read.problems)];
  if (!read.ok || problems.length > 0) throw new ProgramExit(exitCode.setting, problems);
  const { uiListen, uiAuth } = read.settings;
  if (uiAuth === undefined && !isLoopbackHost(uiListen.host)) {
    const lines = [`UI_LISTEN="${listenText(uiListen)}": wants UI_AUTH beside it, as it is not on loopback`];
    throw new ProgramExit(exitCode.setting, lines);
  }
  return read.settings;
}

async function serve<T>(begin: () => Promise<T>, listen: ListenAddress): Promise<T> {
  try {
    return await begin();
  } catch (error) {
    throw new ProgramExit(exitCode.environment, [`UI_LISTEN="${listenText(listen)}": ${reasonOf(error)}`]);
  }
}

/** Where a browser of this machine finds it. */
function urlOf({ host, port }: ListenAddress): string {
  const isEvery = host === "::" || host === "0.0.0.0";
  return `http://${listenText({ host: isEvery ? "127.0.0.1" : host, port })}/`;
}

/** What the page asks of agents, as the command asks them. */
function pageAgents(agents: Agents): PageAgents {
  const ask = <Name extends "journal" | "moment" | "services">(name: Name): PageAgents[Name] => {
    const { path, schema } = agentApi[name];
    const asking = async (query: URLSearchParams, proxies: readonly AskedProxy[]) => {
      const question = { path: query.size === 0 ? path : `${path}?${query.toString()}`, schema };
      const { answers, unasked } = await agents.ask<unknown>(question, proxies);
      return { answers, unasked: shown(unaskedText(unasked)) };
    };
    return asking as PageAgents[Name];
  };
  return { journal: ask("journal"), moment: ask("moment"), services: ask("services") };
}
