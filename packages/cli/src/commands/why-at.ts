import { agentApi, type JournalMoment, shown } from "@fairway/contract";
import { exitCode, type SubcommandAnswer } from "@fairway/program";
import { explain, knownOfMoments } from "@fairway/proxy-agent";
import { type AgentAnswers, notAsked } from "../agents/agents.ts";
import { askEach } from "../agents/ask-each.ts";
import { agentsOf, askRegistry, type CommandLine } from "./ask-registry.ts";
import { codeOf } from "./routed-code.ts";

/** What is asked about, as the registry is asked for it; undefined: whatever was refused. */
export type PastQuestion = { readonly asked: string | undefined; readonly atMs: number };

/**
 * Says why something was routed or not at a moment, by the journals of all proxies: as `why` says it of now, and which
 * configuration each of them ran. Ends as that does; with 4 where a proxy that could not be asked, or whose journal does
 * not go back so far, may have said something else.
 */
export async function whyAt(line: CommandLine, { asked, atMs }: PastQuestion): Promise<SubcommandAnswer> {
  const time = new Date(atMs).toISOString();
  const query = new URLSearchParams({ time, ...(asked !== undefined && { asked }) });
  const question = { ...agentApi.moment, path: `${agentApi.moment.path}?${query.toString()}` };
  const agents = agentsOf(line);
  const { answer, note } = await askRegistry(line, (client) => askEach(client, agents, question));
  const { notes = [], ...said } = answerAt(answer, asked, time);
  return { ...said, notes: [note, ...notes] };
}

/** What journals say of a moment. */
export function answerAt(
  { answers, unasked }: AgentAnswers<JournalMoment>,
  asked: string | undefined,
  time: string,
): SubcommandAnswer {
  const known = [...answers].filter(([, { isKnown }]) => isKnown);
  const said = explain(asked, knownOfMoments(known.map(([, moment]) => moment)));
  const notes = [...[...answers].flatMap(([proxy, moment]) => doubts(proxy, moment)), ...notAsked(unasked)];
  const isWhole = known.length === answers.size && unasked.length === 0;
  if (known.length === 0) return { lines: [], notes, code: exitCode.partly };
  const head = `at ${time}:`;
  if (!said.isKnown)
    return { lines: [], notes: [head, ...said.lines, ...notes], code: isWhole ? exitCode.no : exitCode.partly };
  const code = said.routed === undefined ? exitCode.stopped : codeOf[said.routed];
  const ran = known.flatMap(([proxy, moment]) => ranText(proxy, moment));
  return {
    lines: [head, ...said.lines, "", ...ran],
    notes,
    code: isWhole || code !== exitCode.stopped ? code : exitCode.partly,
  };
}

function ranText(proxy: string, { configuration }: JournalMoment): readonly string[] {
  if (configuration === null) return [`${shown(proxy)}: which configuration it ran is not in its journal`];
  const { fingerprint, since, file } = configuration;
  const text = file === null ? "its text is not kept" : `its text is kept in ${shown(file)} there`;
  return [`${shown(proxy)} ran configuration ${shown(fingerprint)} since ${shown(since)}; ${text}`];
}

/** What makes one proxy's word on that moment less than certain. */
function doubts(proxy: string, { from, isKnown, isRunning, lostSince }: JournalMoment): readonly string[] {
  const name = shown(proxy);
  if (!isKnown)
    return [from === null ? `${name} has no journal yet` : `the journal of ${name} begins at ${shown(from)}`];
  if (!isRunning) return [`${name}: no agent ran then; HAProxy went on with what it had`];
  return lostSince === null ? [] : [`${name} had lost the registry since ${shown(lostSince)}`];
}
