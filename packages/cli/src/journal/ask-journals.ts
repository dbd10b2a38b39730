import { proxiesPrefix, shown } from "@fairway/contract";
import type { OpenRegistry } from "@fairway/registry";
import { type AgentAnswers, type AgentQuestion, type Agents, type Unasked, unaskedText } from "../agents/agents.ts";
import { proxies } from "../resources/proxies.ts";

/** Asks the agent of every proxy that the registry has. */
export async function askEach<T>(
  client: Pick<OpenRegistry, "list">,
  agents: Agents,
  question: AgentQuestion<T>,
): Promise<AgentAnswers<T>> {
  const { stored } = await client.list([{ prefix: proxiesPrefix }]);
  return agents.ask(question, proxies.read(stored).items);
}

/** The line that names who was not asked, safe to show; none where everybody was. */
export function notAsked(unasked: readonly Unasked[]): readonly string[] {
  return unasked.length === 0 ? [] : [`not asked: ${shown(unaskedText(unasked))}`];
}
