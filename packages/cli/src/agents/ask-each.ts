import { proxiesPrefix } from "@fairway/contract";
import type { OpenRegistry } from "@fairway/registry";
import { proxies } from "../resources/proxies.ts";
import type { AgentAnswers, AgentQuestion, Agents } from "./agents.ts";

/** Asks the agent of every proxy that the registry has. */
export async function askEach<T>(
  client: Pick<OpenRegistry, "list">,
  agents: Agents,
  question: AgentQuestion<T>,
): Promise<AgentAnswers<T>> {
  const { stored } = await client.list([{ prefix: proxiesPrefix }]);
  return agents.ask(question, proxies.read(stored).items);
}
