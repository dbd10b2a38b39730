import { proxyAnswers, type ProxyAnswer } from "./at-proxy.ts";
import { containersMeant, silentPortsOf } from "./explain.ts";
import type { Known } from "./known-containers.ts";

/** What one proxy does with one endpoint. */
export type Route = ProxyAnswer & {
  /** The endpoint is ready: it may be given connections. */
  readonly isReady: boolean;
  /** The proxy has applied the endpoint's record as it stands. */
  readonly isApplied: boolean;
  /** Of the endpoint's record. */
  readonly revision: bigint;
};

/** A container that is asked for, with what becomes of it. */
export type RoutedContainer = {
  readonly container12: string;
  /** One line, safe to show. */
  readonly title: string;
  /** Its registrar refuses something that its labels ask for. */
  readonly isRefused: boolean;
  readonly states: readonly string[];
  readonly routes: readonly Route[];
};

/** The containers that are asked for, as `explain` finds them, and what every proxy does with each endpoint of theirs. */
export function routesOf(asked: string, known: Known): readonly RoutedContainer[] {
  const applied = new Map(known.proxies.map(({ name, record }) => [name, revisionIn(record.appliedRevision)]));
  return containersMeant(asked, known).map((container) => {
    const { container12, title, endpoints, refusals, isWhole } = container;
    const silent = silentPortsOf(container);
    const routes = endpoints.flatMap((endpoint) => {
      const answers = proxyAnswers(endpoint, known, silent.has(String(endpoint.at.port)));
      return answers.map((answer) => ({
        ...answer,
        isReady: endpoint.state === "ready",
        isApplied: (applied.get(answer.name) ?? 0n) >= endpoint.modRevision,
        revision: endpoint.modRevision,
      }));
    });
    const isRefused = isWhole && refusals?.record.rejections.some(({ severity }) => severity === "refused") === true;
    return { container12, title, isRefused, states: endpoints.map(({ state }) => state), routes };
  });
}

function revisionIn(text: string): bigint {
  return /^[0-9]{1,20}$/.test(text) ? BigInt(text) : 0n;
}
