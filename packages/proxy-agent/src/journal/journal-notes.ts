import { counted, cutSentence, shown } from "@fairway/contract";
import type { SubscriptionEvent } from "@fairway/registry";
import type { EndpointRejection, Wanted } from "../desired/desired.ts";
import type { Applied } from "../reconcile/progress.ts";
import { sentenceOf, type ReloadReason } from "../reconcile/reload-reason.ts";
import type { Untold, UnwrittenLine } from "./journal-line.ts";
import { SeenRecords, type Due } from "./seen-records.ts";
import type { JournalState } from "./replay.ts";
import { refusalChanges, refusalsOf, type ToldRefusal, type ToldRefusals } from "./told-refusals.ts";

/** What a journal tells of, as it is when it is asked. */
export type JournalSources = {
  readonly rejections: () => readonly EndpointRejection[];
  /** The proxy's own record: its key and value; undefined: it is not known yet. */
  readonly ownRecord: () => { readonly key: string; readonly value: string } | undefined;
  /** The fingerprint of what HAProxy runs with; undefined: none runs. */
  readonly configuration: () => string | undefined;
  /** Why the last application failed; undefined: it did not. */
  readonly lastError: () => string | undefined;
};

/** How often it is looked whether the proxy's own record is another. */
const ownRecordEveryMs = 10_000;
/** Changes that are told at a time: other work goes on between. */
const changesAtOnce = 25;

/** What the agent itself tells is held until it is taken, so many lines of it at most. */
const mostLines = 1000;

/** Gathers what happens, at next to no cost, until it is asked for as lines of the journal. Writes nothing. */
export class JournalNotes {
  readonly #sources: JournalSources;
  readonly #changes = new SeenRecords();
  #lines: UnwrittenLine[] = [];
  /** Lines that were left out as there were too many. */
  #leftOut = 0;
  #refusals: ToldRefusals = new Map();
  /** What `#refusals` follow from; undefined: what an earlier agent told. */
  #rejections: readonly EndpointRejection[] | undefined;
  #error: string | undefined;
  #isLost = false;
  /** Before the first application it is not known what is refused. */
  #hasApplied = false;
  #ownRecordAt = -Infinity;

  constructor(sources: JournalSources) {
    this.#sources = sources;
  }

  /** True once the registry was listed. */
  get isListed(): boolean {
    return this.#changes.isListed;
  }

  /** True while changes wait for their application. */
  get isWaiting(): boolean {
    return this.#changes.isWaiting;
  }

  /** Takes in what the journal came to by now: from then on differences are told. */
  restore(state: JournalState): void {
    this.#changes.restore(state);
    this.#refusals = new Map(
      [...state.refusals].flatMap(([id, { entry }]): (readonly [string, ToldRefusal])[] =>
        entry.is === "refused" ? [[id, entry]] : [],
      ),
    );
    this.#error = state.failed?.entry.text;
  }

  /** The agent itself began or ended. */
  note(is: "began" | "ended" | "lost" | "found" | "failed" | "recovered", text: string): void {
    this.#add({ is, time: new Date().toISOString(), text: oneLine(text) });
  }

  /** An event of the subscription. */
  onEvent(event: SubscriptionEvent): void {
    if (event.type === "lost") this.note("lost", `the registry is lost: ${event.reason}`);
    else if (this.#isLost) this.note("found", "the registry is back");
    this.#isLost = event.type === "lost";
    this.#changes.onEvent(event);
  }

  /** An application ended. Answers the fingerprint of the configuration that HAProxy was given by it, if it was. */
  onApplied(outcome: Applied, { revision }: Pick<Wanted, "revision">, tookMs: number): string | undefined {
    this.#hasApplied = true;
    if (!outcome.ok) return undefined;
    this.#changes.onApplied(revision);
    const { how, reasons } = outcome;
    if (how !== "reload" && how !== "start") return undefined;
    const is = how === "reload" ? "reloaded" : "started";
    const told = reasons.map(toldReason);
    const text = oneLine(`HAProxy ${is}: ${told.map(({ reason }) => reason).join("; ")}`);
    const configuration = this.#sources.configuration() ?? "";
    this.#add({ is, time: new Date().toISOString(), text, reasons: told, configuration, tookMs: Math.round(tookMs) });
    return configuration;
  }

  /** What is due, in order. */
  async take(which: Due): Promise<readonly UnwrittenLine[]> {
    this.#lookAtOwnRecord();
    const before = this.#refusals;
    const isRefused = this.#lookAtRefusals();
    const lines = [...this.#lines.splice(0), ...this.#leftOutLine()];
    const next = () => this.#changes.take(changesAtOnce, isRefused, which);
    for (let taken = next(); taken !== undefined; taken = next()) {
      lines.push(...taken);
      await new Promise(setImmediate);
    }
    lines.push(...this.#refusalLines(before), ...this.#errorLines());
    return lines.sort((a, b) => Date.parse(a.entry.time) - Date.parse(b.entry.time));
  }

  #add(entry: Untold): void {
    this.#lines.push({ entry });
    if (this.#lines.length <= mostLines) return;
    // The first one is that the agent began.
    this.#lines.splice(1, 1);
    this.#leftOut += 1;
  }

  #leftOutLine(): readonly UnwrittenLine[] {
    if (this.#leftOut === 0) return [];
    const text = `${counted(this.#leftOut, "line")} left out, as too many came at once`;
    this.#leftOut = 0;
    return [{ entry: { is: "missed", time: new Date().toISOString(), text } }];
  }

  #lookAtOwnRecord(): void {
    const now = performance.now();
    const own = now - this.#ownRecordAt < ownRecordEveryMs ? undefined : this.#sources.ownRecord();
    if (own === undefined) return;
    this.#ownRecordAt = now;
    this.#changes.seeOwn(own.key, own.value);
  }

  /** Answers which keys are not served. */
  #lookAtRefusals(): (key: string) => boolean {
    if (!this.#hasApplied) return () => false;
    const rejections = this.#sources.rejections();
    if (!isSameList(rejections, this.#rejections)) this.#refusals = refusalsOf(rejections);
    this.#rejections = rejections;
    const keys = new Set(rejections.filter(({ severity }) => severity !== "hint").map(({ key }) => key));
    return (key) => keys.has(key);
  }

  #refusalLines(before: ToldRefusals): readonly UnwrittenLine[] {
    if (before === this.#refusals) return [];
    const time = new Date().toISOString();
    const changes = refusalChanges(before, this.#refusals, (key) => this.#changes.nameOf(key));
    return changes.map(({ is, text, code, key, whose }) => ({ entry: { is, time, text, ...whose, code, key } }));
  }

  #errorLines(): readonly UnwrittenLine[] {
    if (!this.#hasApplied) return [];
    const error = this.#sources.lastError();
    const now = error === undefined ? undefined : oneLine(error);
    if (now === this.#error) return [];
    this.#error = now;
    const time = new Date().toISOString();
    const [is, text] =
      now === undefined ? (["recovered", "HAProxy is in step again"] as const) : (["failed", now] as const);
    return [{ entry: { is, time, text } }];
  }
}

function toldReason(reason: ReloadReason): { readonly code: string; readonly reason: string } {
  return { code: reason.code, reason: oneLine(sentenceOf(reason)) };
}

/** Safe to show, and as long as a sentence may be. */
function oneLine(text: string): string {
  return cutSentence(shown(text));
}

function isSameList(one: readonly EndpointRejection[], other: readonly EndpointRejection[] | undefined): boolean {
  if (one.length !== other?.length) return false;
  return one.every((each, at) => {
    const same = other[at];
    return each === same || (each.key === same?.key && each.code === same.code && each.reason === same.reason);
  });
}
