import type { ServicesAnswer } from "@fairway/contract";
import type { Sample } from "../view/rows.ts";
import type { PageAgents, PageProxy } from "./page-agents.ts";

/** How much of the past a page is shown of the figures. */
const keptMs = 15 * 60_000;

/** Connections of all services of a proxy: now, and since its agent began. */
export type ProxySum = { readonly current: number; readonly total: number };

/** Samples of the proxies' figures, taken while somebody looks. */
export class Samples {
  readonly #agents: PageAgents;
  #samples: readonly Sample[] = [];
  #last: ReadonlyMap<string, ProxySum> = new Map();

  constructor(agents: PageAgents) {
    this.#agents = agents;
  }

  /** Takes one more, and answers those of the last quarter of an hour. */
  async take(proxies: readonly PageProxy[]): Promise<readonly Sample[]> {
    const { answers } = await this.#agents.services(new URLSearchParams(), proxies);
    if (answers.size === 0) return this.#samples;
    const sums = new Map([...answers].map(([name, answer]) => [name, sumOf(answer)]));
    const at = Date.now();
    const recent = this.#samples.filter((sample) => at - sample.at <= keptMs);
    this.#samples = [...recent, sampleOf(at, sums, { before: this.#last, last: recent.at(-1) })];
    this.#last = sums;
    return this.#samples;
  }
}

function sumOf({ services }: ServicesAnswer): ProxySum {
  const sum = (of: "current" | "sessions") => services.reduce((total, each) => total + each[of], 0);
  return { current: sum("current"), total: sum("sessions") };
}

/** One sample of what proxies tell, after an earlier one. */
export function sampleOf(
  at: number,
  now: ReadonlyMap<string, ProxySum>,
  { before, last }: { readonly before: ReadonlyMap<string, ProxySum>; readonly last: Sample | undefined },
): Sample {
  const sessions = [...now.values()].reduce((sum, { current }) => sum + current, 0);
  if (last === undefined) return { at, sessions, perSecond: null };
  // A proxy that was not asked before, or counts from the beginning, has no new ones that are known.
  const added = [...now].map(([name, { total }]) => Math.max(0, total - (before.get(name)?.total ?? total)));
  const seconds = Math.max(1, at - last.at) / 1000;
  return { at, sessions, perSecond: added.reduce((sum, each) => sum + each, 0) / seconds };
}
