import { serviceIdOf } from "@fairway/contract";
import type { Listener, Server } from "@fairway/haproxy";
import type { Log } from "@fairway/program";
import type { Desired, EndpointRejection } from "../desired/desired.ts";
import { findCulprits } from "./find-culprits.ts";
import type { TracedProblem } from "./haproxy-cfg.ts";
import { idOfLine, idOfServer, labelTexts, markOf, withTexts, type LabelText } from "./label-texts.ts";

/** A text of labels that HAProxy refuses. */
type Quarantined = { readonly words: string; readonly settings: readonly string[] };

/** What a listener is without texts that are in quarantine. */
type Cut = { readonly version: number; readonly listener: Listener; readonly out: readonly EndpointRejection[] };

/** Whether HAProxy takes a configuration. */
export type Accepts = (desired: Desired) => Promise<boolean>;

/**
 * Services whose labels HAProxy refuses, although the grammar lets them pass: they are left out, so that the rest is
 * served. It holds the texts, not the services: whose labels change is tried again, as is one that comes back later.
 */
export class Quarantine {
  readonly #log: Pick<Log, "warn">;
  readonly #texts = new Map<string, Quarantined>();
  #version = 0;
  #cuts = new WeakMap<Listener, Cut>();
  /** The ids of the texts of labels in a listener. */
  readonly #ids = new WeakMap<Listener, ReadonlySet<string>>();
  #rejections: readonly EndpointRejection[] = [];
  /** Of a configuration that HAProxy refuses for none of the labels: it is not asked again. */
  #vain: readonly TracedProblem[] | undefined;

  constructor(log: Pick<Log, "warn">) {
    this.#log = log;
  }

  /** Endpoints that are left out, each with HAProxy's own words. */
  get rejections(): readonly EndpointRejection[] {
    return this.#rejections;
  }

  /** What is desired without what is in quarantine. A listener that is left the same is the same object every time. */
  leaveOut(desired: Desired): Desired {
    if (this.#texts.size === 0) return desired;
    this.#forgetUnused(desired);
    const cuts = desired.listeners.map((listener) => this.#cut(listener));
    this.#rejections = cuts.flatMap(({ out }) => out);
    return { ...desired, listeners: cuts.map(({ listener }) => listener) };
  }

  /**
   * HAProxy refuses a configuration: finds the labels that are to blame, by the lines that it names, else by trying, and
   * puts their text into quarantine. False: the labels are not to blame, for without them it is refused as well. Rejects
   * when HAProxy cannot be asked.
   */
  async blame(problems: readonly TracedProblem[], desired: Desired, accepts: Accepts): Promise<boolean> {
    if (this.#vain === problems) return false;
    const found = await findRefused(problems, desired, accepts);
    this.#vain = found.length === 0 ? problems : undefined;
    for (const { id, service, words, settings } of found) {
      this.#texts.set(id, { words, settings });
      this.#log.warn({ service, settings, reason: words }, "labels refused by haproxy");
    }
    this.#version += found.length;
    return found.length > 0;
  }

  #forgetUnused({ listeners }: Desired): void {
    const ids = listeners.map((listener) => this.#idsOf(listener));
    for (const id of this.#texts.keys()) if (!ids.some((each) => each.has(id))) this.#texts.delete(id);
    if (this.#texts.size === 0) this.#rejections = [];
  }

  #idsOf(listener: Listener): ReadonlySet<string> {
    const known = this.#ids.get(listener) ?? new Set(labelTexts(listener).map(({ id }) => id));
    this.#ids.set(listener, known);
    return known;
  }

  /** A listener that is the same object is not looked through again while the quarantine is as before. */
  #cut(listener: Listener): Cut {
    const known = this.#cuts.get(listener);
    if (known?.version === this.#version) return known;
    const badLines = (listener.settings.lines ?? []).filter((line) => this.#texts.has(idOfLine(line)));
    const out = listener.servers.flatMap((server) => this.#refusalOf(server, badLines) ?? []);
    const isSame = badLines.length + out.length === 0;
    const left = isSame ? listener : without(listener, badLines, out);
    const cut = { version: this.#version, listener: left, out };
    this.#cuts.set(listener, cut);
    return cut;
  }

  #refusalOf(server: Server, badLines: NonNullable<Listener["settings"]["lines"]>): EndpointRejection | undefined {
    const line = badLines.find(({ from }) => from.services.includes(serviceIdOf(server.endpoint)));
    const found = this.#texts.get(line ? idOfLine(line) : idOfServer(server));
    if (found === undefined) return undefined;
    const { words, settings } = found;
    const reason = `HAProxy refuses its labels (${settings.join(", ")}), so it is not served until they change: ${words}`;
    return { code: "quarantined", key: server.endpoint, reason };
  }
}

function without(
  listener: Listener,
  badLines: NonNullable<Listener["settings"]["lines"]>,
  out: readonly EndpointRejection[],
): Listener {
  const keys = new Set(out.map(({ key }) => key));
  const lines = (listener.settings.lines ?? []).filter((line) => !badLines.includes(line));
  const servers = listener.servers.filter(({ endpoint }) => !keys.has(endpoint));
  return { ...listener, settings: { ...listener.settings, lines }, servers };
}

type Refused = Quarantined & { readonly id: string; readonly service: string };

async function findRefused(
  problems: readonly TracedProblem[],
  desired: Desired,
  accepts: Accepts,
): Promise<readonly Refused[]> {
  const all = desired.listeners.flatMap(labelTexts);
  const texts = new Map(all.map((each) => [each.id, each]));
  if (texts.size === 0 || (await accepts(desired)) || !(await accepts(withTexts(desired, new Set())))) return [];
  // All lines that follow from one label have one origin: what is left of them would be refused as well.
  const marked = ({ mark }: LabelText) => problems.filter((problem) => markOf(problem) === mark);
  const named = all.flatMap((text) => marked(text).flatMap((problem) => refusedBy(text, wordsOf(problem))));
  if (named.length > 0) return [...new Map(named.map((each) => [each.id, each])).values()];
  const ids = await findCulprits([...texts.keys()].sort(), (some) => accepts(withTexts(desired, new Set(some))));
  const words = problems.map(wordsOf).join("; ");
  return ids.flatMap((id) => refusedBy(texts.get(id), words));
}

function refusedBy(text: LabelText | undefined, words: string): readonly Refused[] {
  return text === undefined ? [] : [{ id: text.id, service: text.service, settings: text.settings, words }];
}

/** Without the name of a file that nobody but us has. */
function wordsOf({ message }: TracedProblem): string {
  return message.replace(/^parsing \[[^\]]*\]\s*:\s*/, "");
}
