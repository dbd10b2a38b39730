import { counted, type JournalAnswer, type JournalMoment, whoseOf } from "@fairway/contract";
import { Mutex, wait, WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import type { SubscriptionEvent } from "@fairway/registry";
import { LogMemory } from "../connections/log-memory.ts";
import type { Wanted } from "../desired/desired.ts";
import type { Applied } from "../reconcile/progress.ts";
import { answerOf, momentAt, type JournalQuestion, type MomentQuestion } from "./answers.ts";
import { anotherEveryMs, JournalBudget } from "./journal-budget.ts";
import { JournalFiles } from "./journal-files.ts";
import type { JournalLine, UnwrittenLine } from "./journal-line.ts";
import { JournalNotes, type JournalSources } from "./journal-notes.ts";
import type { Due } from "./seen-records.ts";
import { LastLines } from "./last-lines.ts";
import { emptyState, fileText, numbered, replay, type JournalState } from "./replay.ts";

/** What a {@link ProxyJournal} works with. */
export type JournalOptions = {
  /** The folder that it is in. */
  readonly directory: string;
  /** haproxy.cfg. */
  readonly configFile: string;
  readonly version: string;
  readonly sources: JournalSources;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** How long entries are gathered before they are written. */
const gatherMs = 300;
/** After how long entries are written again that the disk did not take. */
const retryMs = 5000;
/** How often it is looked whether a part of the journal is old, though nothing happens. */
const lookEveryMs = 3_600_000;
/** How long an agent that ends waits for the disk to take the last of its journal. */
const closeMs = 2000;
/** Characters of lines that wait for the disk; of more, what later ones replace is left out and counted. */
const mostWaiting = 4 * 1024 ** 2;

/**
 * The proxy's journal: what came, changed, went and was refused, and what became of HAProxy. Whoever tells it something
 * only leaves it there: a little later entries are made of it, handed to who follows, and written. What the disk does not
 * take is tried again.
 */
export class ProxyJournal {
  /** The newest entries as JSON, for who follows. */
  readonly memory = new LogMemory(1024 * 1024);
  readonly #options: JournalOptions;
  readonly #files: JournalFiles;
  readonly #notes: JournalNotes;
  readonly #queue: WorkQueue<"write">;
  readonly #budget = new JournalBudget();
  readonly #mutex = new Mutex();
  #isOpen = false;
  #isFailing = false;
  /** With what the journal begins; undefined: it has. */
  #first: JournalState | undefined = emptyState();
  #unwritten: readonly JournalLine[] = [];
  #seq = 0;
  #missed = 0;

  constructor(options: JournalOptions) {
    const { directory, version, sources, signal } = options;
    this.#options = options;
    this.#files = new JournalFiles(directory);
    this.#notes = new JournalNotes(sources);
    this.#notes.note("began", `agent ${version} began`);
    const retry = { firstMs: retryMs, longestMs: retryMs };
    const work = () => this.#mutex.run(() => this.#work());
    this.#queue = new WorkQueue({ work, onError: (_, error) => this.#fail(error), retry, signal });
    this.#touch();
  }

  /** An event of the subscription. */
  onEvent(event: SubscriptionEvent): void {
    this.#notes.onEvent(event);
    this.#touch();
  }

  /** An application ended that took so long. */
  onApplied(outcome: Applied, wanted: Pick<Wanted, "revision">, tookMs: number): void {
    const configuration = this.#notes.onApplied(outcome, wanted, tookMs);
    if (configuration !== undefined) this.#keepConfiguration(configuration);
    this.#touch();
  }

  /** Something that the sources tell may be another now. */
  onChange(): void {
    this.#touch();
  }

  /** Entries that match. Rejects when the disk cannot be read. */
  answer(question: JournalQuestion): Promise<JournalAnswer> {
    return this.#mutex.run(() => answerOf(this.#files, question));
  }

  /** What was so at a moment. Rejects when the disk cannot be read. */
  moment(question: MomentQuestion): Promise<JournalMoment> {
    return this.#mutex.run(() => momentAt(this.#files, question, numbered(this.#budget.held, this.#seq + 1)));
  }

  /** Writes what is left, and that the agent ended, unless the disk takes too long for it. Never rejects. */
  async close(): Promise<void> {
    this.#notes.note("ended", "agent ended");
    const written = this.#mutex.run(() => this.#write("all")).catch(() => undefined);
    const end = new AbortController();
    await Promise.race([written, wait(closeMs, end.signal)]);
    end.abort();
  }

  #touch(): void {
    this.#queue.addAfter("write", gatherMs);
  }

  async #work(): Promise<void> {
    if (!this.#isOpen) await this.#open();
    await this.#write("applied");
    const idleMs = this.#budget.held.length > 0 ? anotherEveryMs : lookEveryMs;
    this.#queue.addAfter("write", this.#notes.isWaiting ? gatherMs : idleMs);
  }

  async #open(): Promise<void> {
    await this.#files.open();
    const state = await this.#files.lastState();
    this.#seq = state.last?.entry.seq ?? 0;
    this.#notes.restore(state);
    this.#isOpen = true;
  }

  /** What the first listing of the registry has is no news: the journal begins with it. What came after it is told. */
  async #write(due: Due): Promise<void> {
    const isNew = this.#files.segments.length === 0;
    if (!this.#isOpen || (isNew && !this.#notes.isListed)) return;
    const lines = await this.#notes.take(isNew ? "listed" : due);
    if (isNew) {
      await this.#files.begin((this.#first = replay(this.#number(lines), this.#first)), Date.now());
      this.#first = undefined;
    } else {
      await this.#writeOut(this.#budget.admit(lines));
      if (due === "all") await this.#writeOut(this.#budget.release());
      if (this.#files.isFull(Date.now())) await this.#beginNext();
    }
    this.#recover();
  }

  /** The next segment begins with what all lines come to, also those that were held. */
  async #beginNext(): Promise<void> {
    await this.#writeOut(this.#budget.release());
    await this.#files.begin(await this.#files.lastState(), Date.now());
  }

  async #writeOut(unwritten: readonly UnwrittenLine[]): Promise<void> {
    const lines = this.#number(unwritten);
    for (const { entry } of lines) this.memory.push(heldLine(entry));
    this.#wait(lines);
    await this.#files.append([...this.#unwritten, ...this.#missedLine()]);
    [this.#unwritten, this.#missed] = [[], 0];
  }

  #wait(lines: readonly JournalLine[]): void {
    const waiting = [...this.#unwritten, ...lines];
    const isMuch = this.#unwritten.length > 0 && fileText(waiting).length > mostWaiting;
    const last = new LastLines<JournalLine>(true);
    if (isMuch) for (const line of waiting) this.#missed += last.add(line);
    this.#unwritten = isMuch ? last.lines : waiting;
  }

  #missedLine(): readonly JournalLine[] {
    const text = `${counted(this.#missed, "line")} lost, as the disk took none`;
    const entry = { is: "missed", time: new Date().toISOString(), text } as const;
    return this.#missed === 0 ? [] : this.#number([{ entry }]);
  }

  #number(lines: readonly UnwrittenLine[]): readonly JournalLine[] {
    const made = numbered(lines, this.#seq + 1);
    this.#seq += made.length;
    return made;
  }

  #fail(error: unknown): void {
    if (!this.#isFailing)
      this.#options.log.error({ error: String(error) }, "journal cannot be written, traffic goes on");
    this.#isFailing = true;
  }

  #recover(): void {
    if (this.#isFailing) this.#options.log.info({ directory: this.#options.directory }, "journal is written again");
    this.#isFailing = false;
  }

  #keepConfiguration(fingerprint: string): void {
    const { configFile, log } = this.#options;
    // At once, before the file is replaced; what is too much goes when nothing else is at the files.
    const kept = this.#files.keepConfiguration(configFile, fingerprint);
    kept
      .then(() => this.#mutex.run(() => this.#files.look()))
      .catch((error: unknown) => log.debug({ error: String(error) }, "text of a configuration is not kept"));
  }
}

function heldLine(entry: JournalLine["entry"]) {
  const { project, service } = whoseOf(entry);
  return { project, service, text: JSON.stringify(entry), seq: entry.seq };
}
