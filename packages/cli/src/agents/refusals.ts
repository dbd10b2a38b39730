import { agentApi, type ProxyRecord, shown } from "@fairway/contract";
import type { Known } from "@fairway/proxy-agent";
import type { Refusals } from "../resources/kind.ts";
import { type Agents, type AskedProxy, type Unasked, unaskedText } from "./agents.ts";

type RecordOfProxy = AskedProxy & Pick<ProxyRecord, "rejections">;

/** Asks the agents whose records do not tell all that they refuse. */
export async function askRefusals(
  agents: Agents,
  proxies: readonly RecordOfProxy[],
): Promise<{ readonly refusals: Refusals; readonly unasked: readonly Unasked[] }> {
  const asked = proxies.filter(({ rejections: { count, first } }) => count > first.length);
  const { answers, unasked } = await agents.ask(agentApi.rejections, asked);
  return { refusals: new Map([...answers].map(([name, { rejections }]) => [name, rejections])), unasked };
}

/** The line that names who was not asked; none where everybody was. */
export function noteUnasked(unasked: readonly Unasked[]): readonly string[] {
  return unasked.length === 0 ? [] : [`not asked for all that they refuse: ${shown(unaskedText(unasked))}`];
}

/** What is known, with all that proxies refuse, as far as their agents could be asked. */
export async function askKnown(
  agents: Agents,
  known: Known,
): Promise<{ readonly known: Known; readonly unasked: readonly Unasked[] }> {
  const proxies = known.proxies.map(({ name, record: { api, rejections } }) => ({ name, api, rejections }));
  const { refusals, unasked } = await askRefusals(agents, proxies);
  return { known: withRefusals(known, refusals), unasked };
}

/** With all that proxies refuse, in place of what their records tell of it. */
function withRefusals(known: Known, refusals: Refusals): Known {
  const proxies = known.proxies.map(({ name, record }) => {
    const first = refusals.get(name);
    const rejections = first === undefined ? record.rejections : { count: first.length, first };
    return { name, record: { ...record, rejections } };
  });
  return { ...known, proxies };
}
