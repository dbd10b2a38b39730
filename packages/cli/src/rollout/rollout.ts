import { counted, shown } from "@fairway/contract";
import { exitCode, type Output, ProgramExit } from "@fairway/program";
import { type Known, knownOf } from "@fairway/proxy-agent";
import type { RegistryClient, Stored } from "@fairway/registry";
import type { Agents } from "../agents/agents.ts";
import { askKnown, noteUnasked } from "../agents/refusals.ts";
import { followUntil, type Followed } from "../wait/follow.ts";
import { selectorsOf } from "../wait/goal.ts";
import type { Compose } from "./compose.ts";
import { type RetryTerms, retryUnanswered, unansweredIn } from "./retry-unanswered.ts";
import { drainedOn, Retirement, type RetireOptions } from "./retirement.ts";
import { leftoversOf, type ServiceContainer, type Steps } from "./rollout-plan.ts";
import { type Before, beforeOf, judgeNew, type RolloutVerdict, type Watched } from "./rollout-routes.ts";
import type { EngineContainer, ServiceEngine } from "./service-engine.ts";
import { watchHealth } from "./watch-health.ts";

/** What a rollout works with. */
export type RolloutTools = {
  readonly client: RegistryClient;
  readonly engine: ServiceEngine;
  readonly compose: Compose;
  readonly agents: Agents;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Aborts, with what is thrown then, when another rollout has taken all of it over: no container is touched any more. */
  readonly lost: AbortSignal;
};

/** What is rolled out, and how long it may take. */
export type RolloutFacts = {
  readonly project: string;
  readonly service: string;
  /** Of the engine's registrar. */
  readonly node: string;
  readonly timeoutMs: number;
  readonly drainMs: number;
};

/** Carries out a plan. What fails before the new containers are routed takes these away again. */
export class Rollout {
  readonly #tools: RolloutTools;
  readonly #facts: RolloutFacts;
  readonly #name: string;

  constructor(tools: RolloutTools, facts: RolloutFacts) {
    this.#tools = { ...tools, signal: AbortSignal.any([tools.signal, tools.lost]) };
    this.#facts = facts;
    this.#name = `${facts.project}/${facts.service}`;
  }

  /** Throws ProgramExit with what keeps it from being done, and what is left; where it was lost, the reason of that. */
  async run(plan: Steps): Promise<void> {
    const { output, engine, signal, lost } = this.#tools;
    lost.throwIfAborted();
    if (signal.aborted) throw new ProgramExit(exitCode.timeout, ["interrupted: nothing was done"]);
    if (plan.stopped.length > 0)
      output.print(`removes ${namesOf(plan.stopped)}, which ${plan.stopped.length === 1 ? "does" : "do"} not run`);
    await Promise.all(plan.stopped.map(({ id }) => engine.remove({ id, stopMs: 0 })));
    const known = await this.#known();
    const before = beforeOf(this.#watched([...plan.kept, ...plan.old]), known);
    const isServed = (each: ServiceContainer) => beforeOf(this.#watched([each]), known).proxies.size > 0;
    const { made, unmade } = await this.#make(plan);
    const fresh = [...plan.kept, ...made];
    const { problem, proxies = [] } = unmade ? { problem: unmade } : await this.#route(fresh, before);
    if (problem !== undefined)
      await this.#takeBack({ plan, before, leftovers: leftoversOf(plan, isServed) }, made, problem);
    output.print(`${namesOf(fresh)}: routed on ${[...proxies].toSorted().map(shown).join(", ")}`);
    if (plan.old.length === 0 && made.length === 0) output.print("as the file says already: --force replaces them");
    if (plan.old.length === 0) return;
    lost.throwIfAborted();
    const left = await new Retirement(this.#retireOptions(before, signal)).run(plan.old);
    lost.throwIfAborted();
    if (left !== undefined) throw new ProgramExit(exitCode.timeout, [left, this.#again(plan.old)]);
  }

  /** Made beside those that are there, whatever became of Compose. */
  async #make(plan: Steps): Promise<Made> {
    const { compose, engine, output } = this.#tools;
    const { project, service } = this.#facts;
    if (plan.created === 0) return { made: [] };
    const others = [...plan.kept, ...plan.old];
    output.print(
      `${shown(this.#name)}: Compose makes ${counted(plan.created, "container")}${others.length === 0 ? "" : ` beside ${namesOf(others)}`}`,
    );
    const complaint = await compose.scale(service, plan.scale);
    const known = new Set(others.map(({ id }) => id));
    try {
      const found = await retryUnanswered(() => engine.containers(project, service), this.#patience());
      const made = found.filter(({ id }) => !known.has(id));
      return { made, unmade: this.#whyNotMade(plan, made.length, complaint) };
    } catch (error) {
      const { code, lines } = problemIn(error);
      const failed = complaint === undefined ? [] : ["Compose failed:", ...complaint];
      const advice = "Compose may have made containers: run fairway rollout again to finish";
      return { made: [], unmade: { code, lines: [...lines, ...failed, advice] } };
    }
  }

  /** An interrupt ends the waiting for an engine, unless all is waited for because of it. */
  #patience(): RetryTerms {
    const { output, signal, lost } = this.#tools;
    return { output, signal: signal.aborted ? lost : signal };
  }

  #whyNotMade({ created }: Steps, made: number, complaint: readonly string[] | undefined): Problem | undefined {
    if (this.#tools.signal.aborted) return interrupted;
    if (complaint !== undefined) return { code: exitCode.environment, lines: ["Compose failed:", ...complaint] };
    if (made >= created) return undefined;
    const line = `Compose made ${made} of ${counted(created, "container")} of project ${shown(this.#facts.project)}: is that its project? -p says which`;
    return { code: exitCode.environment, lines: [line] };
  }

  /** Which proxies serve them by now, or what keeps them from being served, the registry among that. */
  async #route(fresh: readonly ServiceOrEngine[], before: Before): Promise<Routed> {
    try {
      const problem = await this.#whyNotRouted(fresh, before);
      if (problem !== undefined) return { problem };
      return beforeOf(this.#watched(fresh), await this.#known());
    } catch (error) {
      return { problem: problemIn(error) };
    }
  }

  async #whyNotRouted(fresh: readonly ServiceOrEngine[], before: Before): Promise<Problem | undefined> {
    const { client, engine, signal, agents, output } = this.#tools;
    const over = new AbortController();
    const end = AbortSignal.any([signal, over.signal]);
    const judge = (stored: readonly Stored[]) => {
      const verdict = judgeNew(this.#watched(fresh), before, knownOf(stored));
      if (verdict.isHopeless) over.abort();
      return verdict;
    };
    const { timeoutMs } = this.#facts;
    const selectors = selectorsOf(this.#name);
    const following = followUntil({ client, selectors, timeoutMs, signal: end, judge }).finally(() => over.abort());
    const broken = await watchHealth(engine, fresh, end);
    over.abort();
    const followed = await following;
    const problem = problemOf(followed, { broken, isInterrupted: signal.aborted });
    if (problem !== undefined || followed.verdict?.isSure !== false) return problem;
    const { known, unasked } = await askKnown(agents, await this.#known());
    for (const note of noteUnasked(unasked)) output.note(note);
    const sure = judgeNew(this.#watched(fresh), before, known);
    return sure.isReached ? undefined : { code: exitCode.no, lines: sure.lines };
  }

  /** Takes away what was made, and throws: unless another has ended meanwhile all that served beside it. */
  async #takeBack(
    { plan, before, leftovers }: Begun,
    made: readonly EngineContainer[],
    problem: Problem,
  ): Promise<never> {
    const { lost } = this.#tools;
    lost.throwIfAborted();
    const gone = [...leftovers, ...made];
    const others = [...plan.kept, ...plan.old].filter((each) => !leftovers.includes(each));
    this.#tools.output.note(problem.lines[0] ?? "");
    const end = (...lines: readonly (string | undefined)[]): never => {
      throw new ProgramExit(problem.code, [...problem.lines.slice(1), ...lines.flatMap((line) => line ?? [])]);
    };
    const kept = gone.length === 0 ? undefined : await this.#whyKept(others);
    lost.throwIfAborted();
    if (kept !== undefined) return end(`${namesOf(gone)}: not removed, as ${kept}`);
    const options = { ...this.#retireOptions(before, lost), isForced: true };
    const left = gone.length === 0 ? undefined : await new Retirement(options).run(gone);
    lost.throwIfAborted();
    return end(left, others.length > 0 ? `${namesOf(others)}: left as before` : undefined);
  }

  /** Why new ones are not taken away from beside others; undefined: they can be. */
  async #whyKept(others: readonly ServiceContainer[]): Promise<string | undefined> {
    try {
      const areEnded = await retryUnanswered(() => this.#areEnded(others), this.#patience());
      return areEnded ? "what served beside them is gone or drained by now" : undefined;
    } catch (error) {
      return `nobody tells what became of the others: ${problemIn(error).lines.join("; ")}`;
    }
  }

  /** Whether none of those that took connections does any more, as after another rollout of the service. */
  async #areEnded(containers: readonly ServiceContainer[]): Promise<boolean> {
    const { client, engine } = this.#tools;
    const serving = containers.filter(({ isDrained }) => !isDrained);
    const found = await Promise.all(serving.map(({ id }) => engine.container(id)));
    const running = found.flatMap((each) => (each === undefined || each.pid === 0 ? [] : [each]));
    const isDrained = await drainedOn(client, this.#facts.node).catch(() => () => false);
    return serving.length > 0 && running.every(({ id }) => isDrained(id.slice(0, 12)));
  }

  #retireOptions({ proxies }: Pick<Before, "proxies">, signal: AbortSignal): RetireOptions {
    const { client, engine, output } = this.#tools;
    return {
      client,
      engine,
      output,
      signal,
      ...this.#facts,
      service: this.#name,
      proxies,
    };
  }

  #again(old: readonly ServiceContainer[]): string {
    return `${namesOf(old)}: given no new connections any more, and not removed where they still run; fairway rollout again ends it`;
  }

  async #known(): Promise<Known> {
    return knownOf((await this.#tools.client.list(selectorsOf(this.#name))).stored);
  }

  #watched(containers: readonly ServiceOrEngine[]): Watched {
    return { service: this.#name, names: new Map(containers.map(({ id, name }) => [id.slice(0, 12), name])) };
  }
}

type ServiceOrEngine = Pick<ServiceContainer, "id" | "name">;
type Problem = { readonly code: number; readonly lines: readonly string[] };
/** A rollout as it began. */
type Begun = { readonly plan: Steps; readonly before: Before; readonly leftovers: readonly ServiceContainer[] };

/** What Compose made, and what is wrong with that. */
type Made = { readonly made: readonly EngineContainer[]; readonly unmade?: Problem | undefined };
type Routed = { readonly problem?: Problem; readonly proxies?: Iterable<string> };

const interrupted: Problem = { code: exitCode.timeout, lines: ["interrupted"] };

/** What the engine refuses says so itself; all else that rejects is the registry. */
function problemIn(error: unknown): Problem {
  if (error instanceof ProgramExit) return { code: error.code, lines: error.lines };
  return { code: exitCode.environment, lines: [unansweredIn(error)] };
}

function namesOf(containers: readonly Pick<ServiceContainer, "name">[]): string {
  return containers.map(({ name }) => shown(name)).join(", ");
}

type End = { readonly broken: string | undefined; readonly isInterrupted: boolean };

function problemOf({ verdict, lost }: Followed<RolloutVerdict>, { broken, isInterrupted }: End): Problem | undefined {
  if (verdict?.isReached === true) return undefined;
  if (isInterrupted) return interrupted;
  if (broken !== undefined) return { code: exitCode.no, lines: [broken] };
  if (verdict === undefined)
    return {
      code: exitCode.environment,
      lines: [`the registry does not answer: ${shown(lost ?? "the time was over")}`],
    };
  if (verdict.isHopeless) return { code: exitCode.no, lines: verdict.lines };
  return { code: verdict.isRefused ? exitCode.no : exitCode.timeout, lines: ["not routed in time:", ...verdict.lines] };
}
