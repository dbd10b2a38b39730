import { byText } from "@fairway/contract";
import {
  listEntries,
  serverOfCommand,
  serverPath,
  type Haproxy,
  type Listener,
  type Sections,
  type ServerCommand,
} from "@fairway/haproxy";
import type { Log } from "@fairway/program";
import type { Desired } from "../desired/desired.ts";
import { listFile, writeEntries, writeList } from "../files/address-lists.ts";
import type { StateFiles } from "../files/state-files.ts";
import { Draining } from "./draining.ts";
import type { HaproxyCfg } from "./haproxy-cfg.ts";
import type { Reloaded } from "./lifecycle.ts";
import {
  applyCommands,
  bringTo,
  observe,
  recognised,
  servedConfiguration,
  unsureOfBounds,
  withoutLists,
  type Observed,
} from "../observed.ts";
import type { ListChange } from "./listener-changes.ts";
import { applyNames, assignedSpares, type NamesChange } from "./plan-names.ts";
import type { Plan } from "./plan.ts";
import { SlowStart } from "./slow-start.ts";

/** What {@link Runtime} works with. */
export type RuntimeOptions = {
  readonly haproxy: Haproxy;
  readonly files: StateFiles;
  readonly cfg: HaproxyCfg;
  /** How long sessions to gone servers may last. */
  readonly drainTimeoutMs: number;
  /** How long a server that arrives beside others takes to come to its weight; 0: it has it at once. */
  readonly slowStartMs: number;
  readonly log: Log;
};

/** How a batch of changes went. Not `ok`: some may be done and some not; `reason` says what HAProxy would not do. */
export type Sent = { readonly ok: true; readonly sent: number } | { readonly ok: false; readonly reason: string };

/** A plan, what it was made from, and what it leads to. */
export type Step = {
  readonly observed: Observed;
  readonly sections: Sections | undefined;
  readonly plan: Pick<Plan, "commands" | "lists" | "names" | "listeners">;
};

const mostLogged = 5;

/** The current worker: what it is remembered to hold, and every change of it at run time. haproxy.cfg follows. */
export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #draining: Draining;
  readonly #slowStart: SlowStart;
  #observed: Observed | undefined;
  #lastObserved: Observed | undefined;

  constructor(options: RuntimeOptions) {
    const { haproxy, drainTimeoutMs, slowStartMs, log } = options;
    this.#options = options;
    this.#draining = new Draining({ haproxy, drainTimeoutMs, log });
    this.#slowStart = new SlowStart(slowStartMs);
  }

  /** What it is remembered to hold; undefined: none runs. */
  get observed(): Observed | undefined {
    return this.#observed;
  }

  /** What the last one held. */
  get lastObserved(): Observed | undefined {
    return this.#lastObserved;
  }

  /** When servers on their way out, and those that slowly start, have to be seen to next; undefined: there are none. */
  get nextStepsMs(): { readonly drain: number | undefined; readonly slowStart: number | undefined } {
    return { drain: this.#draining.stepMs, slowStart: this.#slowStart.stepMs };
  }

  /** Another worker runs, or none: no server is on its way out or in. */
  begin(observed: Observed | undefined): void {
    this.#draining.clear();
    this.#slowStart.clear();
    if (observed) this.#hold(observed);
    else this.#observed = undefined;
  }

  /** Carries out the commands of a plan. Rejects when HAProxy does not answer. */
  async send({ observed, sections, plan }: Step): Promise<Sent> {
    const { commands, lists, names, listeners } = plan;
    this.#options.haproxy.assign(assignedSpares(observed));
    const changed = commands.length > 0 ? await this.#change(observed, commands) : { ok: true as const, sent: 0 };
    const listed = changed.ok && lists.length > 0 ? await this.#replaceLists(lists, changed.sent) : changed;
    // A name leads to its servers once they are there.
    const sent = listed.ok && names.length > 0 ? await this.#replaceNames(names, listed.sent) : listed;
    const now = applyNames(applyCommands(observed, commands), names);
    if (sent.ok) this.#bring(bringTo(now, sections, listeners), listeners);
    if (sent.ok && commands.length + names.length > 0) this.#options.files.touch();
    return sent;
  }

  /** What runs is what HAProxy says, not what is remembered. Answers whether any runs; rejects when it does not answer. */
  async resync(): Promise<boolean> {
    if (!this.#observed) return false;
    await this.#options.haproxy.boundOutput();
    await this.observe(this.#observed);
    return true;
  }

  /** What HAProxy itself says of its servers. Rejects when it does not answer. */
  async observe(remembered: Observed): Promise<Observed> {
    const reading = await this.#options.haproxy.read();
    const observed = observe(remembered, reading);
    if (observed.sections !== undefined) this.#slowStart.resume(observed, reading.servers, performance.now());
    this.#hold(observed);
    return observed;
  }

  /** An adopted HAProxy whose description is that of the desired was started with just these settings. */
  async recognise(remembered: Observed, desired: Desired): Promise<Observed> {
    const { haproxy, cfg } = this.#options;
    if (remembered.sections !== undefined) return remembered;
    const known = recognised(remembered, desired, (each) => cfg.fingerprint(each));
    if (known === undefined) return remembered;
    const reading = await haproxy.read();
    const observed = withoutLists(unsureOfBounds(observe(known, reading)));
    this.#slowStart.resume(observed, reading.servers, performance.now());
    this.#hold(observed);
    return observed;
  }

  /** A new worker took the place of the one that held `before`. Rejects when it does not answer. */
  async reloaded(
    before: Observed,
    { observed, states }: Extract<Reloaded, { ok: true }>,
    desired: Desired,
  ): Promise<void> {
    this.#draining.leaveToOldWorkers(before, states, desired);
    this.#hold(observed);
    // It begins with the weights of the file.
    await this.stepSlowStart();
  }

  /** Has sessions in old workers end that nobody remembers, see `Draining.takeStrays`. */
  takeStrays(served: Desired): Promise<void> {
    return this.#draining.takeStrays(served);
  }

  /** Moves servers on their way out one step on. */
  async drain(): Promise<void> {
    if (!this.#observed) return;
    const deleted = await this.#draining.step(performance.now());
    this.#hold(applyCommands(this.#observed, deleted));
  }

  /** Gives servers that slowly start a little more weight. */
  async stepSlowStart(): Promise<void> {
    if (!this.#observed) return;
    const step = this.#slowStart.next(this.#observed, performance.now());
    await this.#options.haproxy.change(step.commands);
    this.#slowStart.advance(step);
  }

  async #change(observed: Observed, commands: readonly ServerCommand[]): Promise<Sent> {
    const { haproxy, log } = this.#options;
    const outcome = await haproxy.change(this.#slowStart.withFirstWeights(observed, commands, performance.now()));
    if (!outcome.ok) return outcome;
    const refused = outcome.answers.find(({ kind }, index) => kind !== "done" && !hasLeft(commands[index], kind));
    if (refused) return { ok: false, reason: refused.reason };
    this.#slowStart.begin(observed, commands, performance.now());
    log.info({ changes: commands.slice(0, mostLogged).map(wordsOf), count: commands.length }, "servers changed");
    log.debug({ commands: commands.map(wordsOf) }, "runtime commands done");
    return { ok: true, sent: outcome.sent };
  }

  /** The files follow: a disk that does not take them does not hold up who may connect. */
  async #replaceLists(lists: readonly ListChange[], sent: number): Promise<Sent> {
    const { haproxy, files, log } = this.#options;
    for (const { listener, list } of lists) {
      const file = listFile(files.paths.lists, listener, list.kind);
      const { kind, reason } = await haproxy.replaceList(file, list);
      if (kind !== "done") return { ok: false, reason };
      log.info({ listener, list: list.kind, entries: listEntries(list).length }, "list of a listener changed");
      await writeList(file, list).catch((error: unknown) => {
        log.error({ file, error: String(error) }, "list of a listener cannot be written, it is in force all the same");
      });
    }
    return { ok: true, sent: sent + lists.length };
  }

  /** What is opened here is found before what leads there. */
  async #replaceNames(names: readonly NamesChange[], sent: number): Promise<Sent> {
    const { haproxy, files, log } = this.#options;
    for (const { port, file, entries, onDisk } of names.toSorted((a, b) => byText(b.file, a.file))) {
      const path = listFile(files.paths.lists, port, file);
      const { kind, reason } = await haproxy.replaceEntries({ is: "map", path }, entries);
      if (kind !== "done") return { ok: false, reason };
      log.info({ port, names: entries.length }, "names on a port changed");
      await writeEntries(path, onDisk).catch((error: unknown) => {
        log.error(
          { file: path, error: String(error) },
          "names on a port cannot be written, they are in force all the same",
        );
      });
    }
    return { ok: true, sent: sent + names.length };
  }

  #bring(observed: Observed, listeners: readonly Listener[]): void {
    this.#hold(observed);
    this.#draining.follow(observed, listeners);
  }

  #hold(observed: Observed): void {
    const { haproxy, files, cfg } = this.#options;
    this.#observed = observed;
    this.#lastObserved = observed;
    const spares = assignedSpares(observed);
    haproxy.assign(spares);
    files.setConfig(() => {
      const served = servedConfiguration(observed);
      // Who starts from the file has a section for each name.
      return served && cfg.pieces(served, spares.size === 0 ? observed.description : cfg.fingerprint(served));
    });
  }
}

/** A server that is to leave and is not there has left. */
function hasLeft(command: ServerCommand | undefined, kind: string): boolean {
  return kind === "missing" && command?.do === "maint";
}

function wordsOf(command: ServerCommand): string {
  return `${command.do} ${serverPath(command.listener, serverOfCommand(command))}`;
}
