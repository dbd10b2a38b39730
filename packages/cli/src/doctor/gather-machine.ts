import { agentApi } from "@fairway/contract";
import { type NodeAndAddress, tryAddresses } from "@fairway/proxy-agent";
import type { Agents, AskedProxy } from "../agents/agents.ts";
import type { EndpointItem } from "../resources/endpoints.ts";
import type { Gathered, Reached, Written } from "./gathered.ts";

/** Asks agents what their records do not tell: HAProxy's open files, and which nodes they reach. */
export async function gatherFromAgents(
  agents: Agents,
  proxies: readonly AskedProxy[],
): Promise<Pick<Gathered, "unasked" | "files" | "reachedFrom">> {
  const [facts, reach] = await Promise.all([agents.ask(agentApi.agent, proxies), agents.ask(agentApi.reach, proxies)]);
  const told = [...facts.unasked, ...reach.unasked.filter(({ proxy }) => facts.answers.has(proxy))];
  return {
    unasked: told,
    files: [...facts.answers].flatMap(([proxy, { haproxy }]) =>
      haproxy?.openFiles ? [{ proxy, ...haproxy.openFiles }] : [],
    ),
    reachedFrom: [...reach.answers].map(([proxy, { reached }]) => ({ proxy, reached })),
  };
}

/** Connects to one published port of each node that has some. */
export async function tryNodes(endpoints: readonly EndpointItem[]): Promise<readonly Reached[]> {
  const tried = new Map<string, NodeAndAddress>();
  for (const { node, state, addresses } of endpoints) {
    const address = state === "ready" && !tried.has(node) ? addresses.find(({ via }) => via === "node") : undefined;
    if (address !== undefined) tried.set(node, { node, ...address });
  }
  return (await tryAddresses([...tried.values()])).reached;
}

/** Of each node the record with the latest time. */
export function latestWritten(written: readonly Written[]): readonly Written[] {
  const latest = new Map<string, Written>();
  for (const each of written)
    if (!(each.atMs <= (latest.get(each.node)?.atMs ?? -Infinity))) latest.set(each.node, each);
  return [...latest.values()];
}
