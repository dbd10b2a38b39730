import { proxiesPrefix, shown } from "@fairway/contract";
import { exitCode, type Given, type Output, ProgramExit, type SubcommandAnswer } from "@fairway/program";
import { adminAddresses } from "@fairway/proxy-agent";
import { type AskedProxy, credentialsOf, notAsked, type Unasked } from "../agents/agents.ts";
import { logLine, type LogForm, readLogForm } from "../logs/log-item.ts";
import { mergeLogs } from "../logs/merge-logs.ts";
import { type OpenLog, openLogs, type OpenLogs } from "../logs/open-logs.ts";
import { readService } from "../operator/service.ts";
import { some } from "../resources/kind.ts";
import { proxies } from "../resources/proxies.ts";
import { askRegistry, type CommandLine, settingsOf } from "./ask-registry.ts";

/** Whose log is asked for. */
type Question = { readonly query: URLSearchParams; readonly isFollowed: boolean; readonly form: LogForm };

/**
 * Prints the logs of connections of all proxies, in the order of time; with `--follow` it goes on until the signal aborts
 * or nobody reads it, and ends with 0. Ends with 4 where a proxy could not be asked.
 */
export async function logs(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  given: Given,
  output: Output,
): Promise<SubcommandAnswer> {
  const line = { env, signal, options: given.options };
  const question = readQuestion(given);
  const settings = settingsOf(line);
  const asked = { local: adminAddresses(settings, env), credentials: credentialsOf(settings) };
  const end = AbortSignal.any([signal, output.unread]);
  const known = await knownProxies(line);
  const opened = await openLogs(`/v1/logs?${question.query.toString()}`, asked, { proxies: known.proxies, end });
  if (end.aborted) return { lines: [] };
  checkThereIs(opened, known.problems, asked.local);
  const names = opened.logs.map(({ name }) => shown(name)).toSorted();
  const notes = [
    `log of ${some(names)}`,
    ...withoutLog(opened.without),
    ...known.problems,
    ...notAsked(opened.unasked),
  ];
  for (const note of notes) output.note(note);
  const cut = await printAll(opened.logs, question, { output, end });
  const isWhole = known.problems.length + opened.unasked.length + cut.length === 0;
  return { lines: [], code: codeFor(isWhole, cut.length, question) };
}

/** One that follows was to go on: that all of them hung up is no ordinary end of it. */
function codeFor(isWhole: boolean, cut: number, { isFollowed }: Question): number {
  if (isFollowed) return cut > 0 ? exitCode.environment : exitCode.stopped;
  return isWhole ? exitCode.stopped : exitCode.partly;
}

function readQuestion({ argument, options }: Given): Question {
  const query = new URLSearchParams();
  const { project, follow } = options;
  if (argument !== undefined) {
    const named = readService(argument, options);
    query.set("project", named.project);
    query.set("service", named.service);
  } else if (typeof project === "string") query.set("project", project);
  const isFollowed = follow === true;
  if (isFollowed) query.set("follow", "1");
  return { query, isFollowed, form: readLogForm(options) };
}

/** Prints the lines of logs until they end, or the signal aborts. Answers which of them were cut, and why. */
async function printAll(
  logs: readonly OpenLog[],
  { form, isFollowed }: Question,
  { output, end }: Printing,
): Promise<readonly Unasked[]> {
  const cut: Unasked[] = [];
  const onCut = (proxy: string, reason: string) => {
    if (end.aborted) return;
    cut.push({ proxy, reason });
    output.note(`the log of ${shown(proxy)} ended too early: ${shown(reason)}`);
  };
  const isOne = logs.length === 1;
  for await (const { proxy, item } of mergeLogs(logs, { isFollowed, onCut })) {
    if (end.aborted) break;
    output.print(logLine(item, form, { proxy, isOne }));
  }
  return end.aborted ? [] : cut;
}

type Printing = { readonly output: Output; readonly end: AbortSignal };

type KnownProxies = { readonly proxies: readonly AskedProxy[]; readonly problems: readonly string[] };

/** The proxies of the registry. One that is away keeps no agent of this machine from answering. */
async function knownProxies(line: CommandLine): Promise<KnownProxies> {
  try {
    const { answer } = await askRegistry(line, (client) => client.list([{ prefix: proxiesPrefix }]));
    return { proxies: proxies.read(answer.stored).items, problems: [] };
  } catch (error) {
    if (!(error instanceof ProgramExit) || error.code !== exitCode.environment) throw error;
    return { proxies: [], problems: [...error.lines, "other proxies are not known"] };
  }
}

/** Throws ProgramExit where there is nobody to ask, or nobody who has a log. */
function checkThereIs(
  { logs: { length }, without, unasked }: OpenLogs,
  problems: readonly string[],
  local: readonly string[],
): void {
  if (length > 0) return;
  if (unasked.length > 0) throw new ProgramExit(exitCode.partly, [...withoutLog(without), ...notAsked(unasked)]);
  if (without.length > 0) throw new ProgramExit(exitCode.no, withoutLog(without));
  throw new ProgramExit(exitCode.environment, [
    `no agent answers at ${local.join(", ")}: run this on a proxy's machine, or set ADMIN_LISTEN as its agent has it`,
    ...problems,
  ]);
}

function withoutLog(names: readonly string[]): readonly string[] {
  return names.map((name) => `${shown(name)} has no log: set CONNECTION_LOG=on there`);
}
