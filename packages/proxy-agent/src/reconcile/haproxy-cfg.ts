import { createHash } from "node:crypto";
import { frontOf } from "@fairway/contract";
import {
  ownLine,
  quotedWord,
  render,
  renderPieces,
  type Configuration,
  type ConfigProblem,
  type Haproxy,
  type Origin,
  type Rendered,
  type RenderOptions,
} from "@fairway/haproxy";
import { hideSecrets } from "../config/haproxy-complaints.ts";
import { renderOptions } from "../config/line-origins.ts";
import type { Desired } from "../desired/desired.ts";
import { greeterFile, listFile, writeLists } from "../files/address-lists.ts";
import { writeAnew } from "../files/atomic-write.ts";
import { namesSocket, type StatePaths } from "../files/state-dir.ts";

/** A complaint of HAProxy and whose text stands on that line; undefined: nobody's but ownLine, or no line was named. */
export type TracedProblem = ConfigProblem & { readonly origin: Origin | undefined };

/** A configuration that HAProxy found valid. */
export type ConfigCandidate = {
  readonly desired: Desired;
  readonly description: string;
  readonly rendered: Rendered;
};

/** A candidate, or what HAProxy has against it. */
export type CandidateOutcome =
  | { readonly ok: true; readonly candidate: ConfigCandidate }
  | { readonly ok: false; readonly problems: readonly TracedProblem[] };

/** What {@link HaproxyCfg} works with. */
export type HaproxyCfgOptions = {
  readonly haproxy: Pick<Haproxy, "check">;
  readonly paths: Pick<
    StatePaths,
    "candidate" | "serverStates" | "lists" | "peersSocket" | "rolesSocket" | "roles" | "directory"
  >;
  /** See `RenderOptions`. */
  readonly template: string;
  /** The description of what an adopted HAProxy runs with. */
  readonly accepted: string | undefined;
  readonly signal: AbortSignal;
};

/** Writes what is desired as haproxy.cfg and has HAProxy judge it. Remembers what it took and what it refused. */
export class HaproxyCfg {
  readonly #options: HaproxyCfgOptions;
  readonly #rendering: RenderOptions;
  /** The description of what HAProxy last started with. */
  #accepted: string | undefined;
  /** The last candidate that HAProxy did not take: it is not tried again. */
  #refused: { readonly text: string; readonly problems: readonly TracedProblem[] } | undefined;

  constructor(options: HaproxyCfgOptions) {
    this.#options = options;
    this.#accepted = options.accepted;
    const { lists, peersSocket, rolesSocket, roles: rolesFile, directory } = options.paths;
    this.#rendering = renderOptions(options.template, {
      listFile: (port, kind, name) => listFile(lists, frontOf({ port, name }), kind),
      greeterFile: greeterFile(lists),
      peersSocket,
      rolesSocket,
      rolesFile,
      namesFile: (port, is) => listFile(lists, port, is),
      namesSocket: (port) => namesSocket(directory, port),
    });
  }

  /** The text for what runs, in pieces that are made when they are asked for. */
  pieces(configuration: Configuration, description: string): Iterable<string> {
    return renderPieces(this.#withOwnLines(configuration, description), this.#rendering);
  }

  /**
   * Writes what is desired as a candidate and has HAProxy judge it. One that it refused before is refused unasked. With
   * `isUrgent`, one that differs in nothing but its servers from what it took before is taken unasked.
   */
  async judge(desired: Desired, { isUrgent }: { readonly isUrgent: boolean }): Promise<CandidateOutcome> {
    const candidate = this.#candidateOf(desired);
    await writeLists(this.#options.paths.lists, desired.listeners);
    if (isUrgent && candidate.description === this.#accepted) return { ok: true, candidate };
    const { text } = candidate.rendered;
    const problems = this.#refused?.text === text ? this.#refused.problems : await this.#check(candidate);
    if (problems.length === 0) return { ok: true, candidate };
    this.#refused = { text, problems };
    return { ok: false, problems };
  }

  /** Whether HAProxy takes a configuration. */
  async accepts(desired: Desired): Promise<boolean> {
    const problems = await this.#check(this.#candidateOf(desired));
    return problems.length === 0;
  }

  /** HAProxy runs with this candidate. */
  accept({ description }: ConfigCandidate): void {
    this.#accepted = description;
    this.#refused = undefined;
  }

  /** HAProxy did not come up with it. It is not tried again, unless only the moment was against it (`mayRetry`). */
  refuse(
    { rendered }: ConfigCandidate,
    complaints: readonly ConfigProblem[],
    mayRetry: boolean,
  ): readonly TracedProblem[] {
    const problems = traced(complaints, rendered);
    this.#refused = mayRetry ? undefined : { text: rendered.text, problems };
    return problems;
  }

  /** HAProxy did not start with what it took before: the next start is judged again. */
  distrust(): void {
    this.#accepted = undefined;
  }

  /** Tells configurations apart that only a reload leads from one to the other: everything but the servers. */
  fingerprint({ sections, listeners }: Configuration): string {
    const bare = { sections, listeners: listeners.map((listener) => ({ ...listener, servers: [] })) };
    const hash = createHash("sha256").update(render(bare, this.#rendering).text).digest("hex");
    return `fairway-${hash.slice(0, 16)}`;
  }

  #candidateOf(desired: Desired): ConfigCandidate {
    const description = this.fingerprint(desired);
    return { desired, description, rendered: render(this.#withOwnLines(desired, description), this.#rendering) };
  }

  /**
   * Adds the file that brings the servers' health over a reload, and a description that the worker tells back, so that
   * the next agent knows with which settings it runs.
   */
  #withOwnLines({ sections, listeners }: Configuration, description: string): Configuration {
    const states = quotedWord(this.#options.paths.serverStates);
    return {
      listeners,
      sections: {
        ...sections,
        global: [ownLine(`description ${description}`), ownLine(`server-state-file ${states}`), ...sections.global],
        defaults: [ownLine("load-server-state-from-file global"), ...sections.defaults],
      },
    };
  }

  async #check({ rendered }: ConfigCandidate): Promise<readonly TracedProblem[]> {
    const { haproxy, paths, signal } = this.#options;
    await writeAnew(paths.candidate, rendered.text);
    const outcome = await haproxy.check(paths.candidate, signal);
    return outcome.ok ? [] : traced(outcome.problems, rendered);
  }
}

/** Adds to each complaint the settings whose text it is about. */
function traced(problems: readonly ConfigProblem[], rendered: Rendered): readonly TracedProblem[] {
  return problems.map((problem) => {
    const { line, message } = hideSecrets(problem, rendered);
    return { line, message, origin: line === undefined ? undefined : rendered.origins.get(line) };
  });
}
