import { shown } from "@fairway/contract";
import { proxyAnswers, type ProxyAnswer } from "./at-proxy.ts";
import { nobodyFor, rejectionSentence, type Routed, routedOf, silentPortsOf, stateNote } from "./explain.ts";
import type { Known, KnownContainer } from "./known-containers.ts";
import { ProxyKinds } from "./proxy-kinds.ts";

/** How a container stands; `waiting`: nothing is wrong, it starts or ends. */
export type ContainerStanding = {
  readonly routed: Routed | "waiting";
  /** Of what `why` says of it what matters most, in one sentence that is safe to show; empty: it is served everywhere. */
  readonly reason: string;
};

/**
 * How a container stands with its registrar and with the proxies, by the rules and in the words of `why`. `kinds` are those
 * of all proxies: for each container only some are asked.
 */
export function standingOf(
  container: KnownContainer,
  known: Known,
  kinds: Pick<ProxyKinds, "differing"> = new ProxyKinds(known),
): ContainerStanding {
  const { endpoints, refusals } = container;
  const silent = silentPortsOf(container);
  const answers = endpoints.map((endpoint) => {
    return proxyAnswers(endpoint, known, silent.has(String(endpoint.at.port)), kinds.differing(endpoint));
  });
  const refused = refusals?.record.rejections.find(({ severity }) => severity === "refused");
  const served = answers.flatMap((each) => (each.length === 0 ? (["no"] as const) : each.map(({ served }) => served)));
  const routed = routedOf(refused === undefined ? served : [...served, "no"]);
  if (refused !== undefined) return { routed, reason: rejectionSentence(refused) };
  const isWaiting = endpoints.length > 0 && endpoints.every(({ state }) => isPassing(state));
  return { routed: isWaiting ? "waiting" : routed, reason: whatMatters(container, answers, known) };
}

function isPassing(state: string): boolean {
  return state === "starting" || state === "draining";
}

type Answers = readonly (readonly ProxyAnswer[])[];

/** A sentence without the name that it is about in front of it, for where that stands beside it. */
export function withoutName(sentence: string, name: string): string {
  return name !== "" && sentence.startsWith(`${name}: `) ? sentence.slice(name.length + 2) : sentence;
}

function whatMatters({ name, endpoints, refusals }: KnownContainer, answers: Answers, known: Known): string {
  if (endpoints.length === 0) {
    const [hint] = refusals?.record.rejections ?? [];
    return hint === undefined ? "no port of it is offered to proxies" : rejectionSentence(hint);
  }
  const notReady = endpoints.find(({ state }) => state !== "ready");
  if (notReady !== undefined) return `port ${notReady.at.port}: ${notReady.state}${stateNote(notReady)}`;
  if (answers.some((each) => each.length === 0)) return nobodyFor(known);
  const all = answers.flat();
  const missing = all.find(({ served }) => served === "no") ?? all.find(({ served }) => served === "unsure");
  if (missing !== undefined) {
    const text = withoutName(missing.text.replace(/^no: /, ""), shown(name));
    return all.every((each) => each.text === missing.text) ? text : `${shown(missing.name)}: ${text}`;
  }
  return all.some(({ served }) => served === "yes") ? "" : (all[0]?.text ?? "");
}
