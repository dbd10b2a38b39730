import { proxiesPrefix, shown } from "@fairway/contract";
import { exitCode, type Given, type Output, ProgramExit, type SubcommandAnswer } from "@fairway/program";
import { adminAddresses } from "@fairway/proxy-agent";
import { z } from "zod";
import { type LogItem, logItemSchema, logLine, type LogForm, readLogForm } from "../logs/log-item.ts";
import { readService } from "../operator/service.ts";
import { proxies } from "../resources/proxies.ts";
import { askRegistry, type CommandLine, settingsOf } from "./ask-registry.ts";

/** Whose log is asked for. */
type Question = { readonly query: URLSearchParams; readonly isFollowed: boolean; readonly form: LogForm };

/**
 * Prints the log of connections of this machine's agent; with `--follow` it goes on until the signal aborts or nobody
 * reads it, and ends with 0. Ends with 4 when there are other proxies, which are not asked.
 */
export async function logs(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  given: Given,
  output: Output,
): Promise<SubcommandAnswer> {
  const { options } = given;
  const question = readQuestion(given);
  const line = { env, signal, options };
  const end = AbortSignal.any([signal, output.unread]);
  const agent = await findAgent(line, question, end);
  const unasked = await othersThan(agent, line);
  const notes = [
    `log of ${shown(agent.name)}, by http://${agent.address}`,
    ...(unasked.length === 0 ? [] : [`not asked, as their agents answer on their own machines: ${unasked.join(", ")}`]),
  ];
  for (const note of notes) output.note(note);
  await printAll(agent.body, question.form, { output, end });
  return { lines: [], code: unasked.length === 0 || question.isFollowed ? exitCode.stopped : exitCode.partly };
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

type Agent = { readonly address: string; readonly name: string; readonly body: ReadableStream<Uint8Array> };

const statusSchema = z.object({ proxy: z.string(), node: z.object({ name: z.string() }) });

/** The first of this machine's admin addresses where an agent has a log. Throws ProgramExit when none does. */
async function findAgent(line: CommandLine, { query }: Question, signal: AbortSignal): Promise<Agent> {
  const addresses = adminAddresses(settingsOf(line), line.env);
  const without: string[] = [];
  for (const address of addresses) {
    try {
      const status = await fetch(`http://${address}/status`, { signal: AbortSignal.any([signal, answerBy()]) });
      const { proxy, node } = statusSchema.parse(await status.json());
      const name = `${node.name}/${proxy}`;
      const { ok, status: code, body } = await fetch(`http://${address}/v1/logs?${query.toString()}`, { signal });
      if (code === hasNone) without.push(`${shown(name)} has no log: set CONNECTION_LOG=on there`);
      else if (ok && body !== null) return { address, name, body };
    } catch {
      // Nobody listens there, or another program.
    }
  }
  if (without.length > 0) throw new ProgramExit(exitCode.no, without);
  throw new ProgramExit(exitCode.environment, [
    `no agent answers at ${addresses.join(", ")}: run this on a proxy's machine, or set ADMIN_LISTEN as its agent has it`,
  ]);
}

/** What an agent answers whose proxy logs nothing for it. */
const hasNone = 409;

/** How long an agent has to answer the first question of `fairway logs`. */
const patienceMs = 3000;

function answerBy(): AbortSignal {
  return AbortSignal.timeout(patienceMs);
}

/** Other proxies of the registry; none where that does not answer. */
async function othersThan({ name }: Agent, line: CommandLine): Promise<readonly string[]> {
  try {
    const { answer } = await askRegistry(line, (client) => client.list([{ prefix: proxiesPrefix }]));
    const names = proxies.read(answer.stored).items.map((each) => each.name);
    return names.filter((each) => each !== name).map(shown);
  } catch {
    return [];
  }
}

type Printing = { readonly output: Output; readonly end: AbortSignal };

/** Longest line of an agent's answer that is waited for, in characters. */
const longestLine = 65_536;

async function printAll(body: Agent["body"], form: LogForm, { output, end }: Printing): Promise<void> {
  let rest = "";
  try {
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = (lines.pop() ?? "").slice(0, longestLine);
      for (const item of lines.flatMap(readItem)) output.print(logLine(item, form));
      if (end.aborted) return;
    }
  } catch (error) {
    if (!end.aborted) throw new ProgramExit(exitCode.environment, [`the agent hung up: ${shown(String(error))}`]);
  }
}

function readItem(line: string): readonly LogItem[] {
  try {
    return [logItemSchema.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}
