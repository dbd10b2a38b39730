import { agentApi, byTextsOf, type JournalAnswer, shown } from "@fairway/contract";
import { exitCode, type Given, type SubcommandAnswer } from "@fairway/program";
import { notAsked } from "../agents/agents.ts";
import { askEach } from "../agents/ask-each.ts";
import { historyItem, type HistoryItem, historyKind } from "../journal/history-item.ts";
import { readService } from "../operator/service.ts";
import { readForm } from "../output/read-form.ts";
import { type Format, renderItems } from "../output/render.ts";
import { shownAs } from "../resources/kinds.ts";
import { agentsOf, askRegistry } from "./ask-registry.ts";
import { readTime } from "./read-time.ts";

/** How long back it goes without `--since`. */
const usualSpan = "1h";

/**
 * Prints what the journals of all proxies tell, the oldest first. Ends with 4 where a proxy could not be asked, which one
 * line names, with 0 else, also when nothing happened.
 */
export async function history(env: NodeJS.ProcessEnv, signal: AbortSignal, given: Given): Promise<SubcommandAnswer> {
  const { options } = given;
  const form = readForm(options);
  if (form === "schema") return { lines: renderHistory([], form) };
  const sinceMs = Date.now() - readTime(options, "since", usualSpan);
  const query = queryOf(given, sinceMs);
  const agents = agentsOf({ env, options });
  const question = { ...agentApi.journal, path: `${agentApi.journal.path}?${query.toString()}` };
  const { answer, note } = await askRegistry({ env, signal, options }, (client) => askEach(client, agents, question));
  const items = itemsIn(answer.answers);
  const bounds = [...answer.answers].flatMap(([proxy, each]) => boundNote(proxy, each, sinceMs));
  const nothing = items.length === 0 && answer.answers.size > 0 ? ["nothing happened since then"] : [];
  return {
    lines: renderHistory(items, form),
    notes: [note, ...bounds, ...nothing, ...notAsked(answer.unasked)],
    ...(answer.unasked.length > 0 && { code: exitCode.partly }),
  };
}

function queryOf({ argument, options }: Given, sinceMs: number): URLSearchParams {
  const query = new URLSearchParams({ since: new Date(sinceMs).toISOString() });
  const { project } = options;
  const of = argument === undefined ? { project } : readService(argument, options);
  for (const [name, text] of Object.entries(of)) if (typeof text === "string") query.set(name, text);
  return query;
}

function itemsIn(answers: ReadonlyMap<string, JournalAnswer>): readonly HistoryItem[] {
  const all = [...answers].flatMap(([proxy, { entries }]) => entries.map((entry) => historyItem(proxy, entry)));
  // Those of one proxy stay in the order of its journal.
  return all.toSorted(byTextsOf(({ time }) => time));
}

function boundNote(proxy: string, { from, isCut }: JournalAnswer, sinceMs: number): readonly string[] {
  if (from === null) return [`${shown(proxy)} has no journal yet`];
  if (isCut) return [`older entries of ${shown(proxy)} are left out: ask for a shorter time, or for one service`];
  return Date.parse(from) > sinceMs ? [`the journal of ${shown(proxy)} begins at ${shown(from)}`] : [];
}

function renderHistory(items: readonly HistoryItem[], form: Format): readonly string[] {
  const kind = shownAs(historyKind(items));
  return renderItems({ ...kind, name: "history" }, kind.read([]).items, form);
}
