import { containersIn, explainContainer, knownOfMoments, type KnownContainer } from "@fairway/proxy-agent";
import { idOf } from "../view/container-rows.ts";
import { journalRows } from "../view/journal-rows.ts";
import type { TimeLine } from "../view/rows.ts";
import type { PageAgents, PageProxy } from "./page-agents.ts";

/** Entries that are asked of each proxy at a time: of many proxies fewer, as all of them tell of most things. */
const entriesOfProxy = { most: 300, least: 30, ofAll: 6000 };

function entriesFor(proxies: number): number {
  const { most, least, ofAll } = entriesOfProxy;
  return Math.min(most, Math.max(least, Math.floor(ofAll / proxies)));
}

/** What happened last, or last before a time (ISO 8601), as the proxies' journals tell it. */
export async function timeLine(agents: PageAgents, proxies: readonly PageProxy[], until?: string): Promise<TimeLine> {
  const query = new URLSearchParams({
    most: String(entriesFor(proxies.length)),
    ...(until !== undefined && { until }),
  });
  const { answers, unasked } = await agents.journal(query, proxies);
  const all = [...answers.values()];
  const rows = journalRows(new Map([...answers].map(([proxy, { entries }]) => [proxy, entries])));
  // Before the oldest entry of a journal that has more, nobody knows what is missing.
  const from = all
    .flatMap(({ isCut, entries: [first] }) => (isCut && first ? [first.time] : []))
    .toSorted()
    .at(-1);
  return {
    rows: rows.filter(({ time }) => from === undefined || time >= from),
    isCut: from !== undefined,
    unasked,
    journals: answers.size,
  };
}

/** What `why` would have said of a container at a moment (ISO 8601), by what the proxies' journals know of it. */
export async function whyAt(
  agents: PageAgents,
  proxies: readonly PageProxy[],
  { id, time }: { readonly id: string; readonly time: string },
): Promise<readonly string[]> {
  const asked = id.slice(id.lastIndexOf("/") + 1);
  const { answers, unasked } = await agents.moment(new URLSearchParams({ time, asked }), proxies);
  const moments = [...answers.values()].filter(({ isKnown }) => isKnown);
  const known = knownOfMoments(moments);
  const container = containersIn(known).find((each: KnownContainer) => idOf(each) === id);
  const rest = unasked === "" ? [] : ["", `not asked: ${unasked}`];
  if (moments.length === 0) return ["no journal goes back so far", ...rest];
  return [...(container ? explainContainer(container, known).lines : ["nothing was known of it then"]), ...rest];
}
