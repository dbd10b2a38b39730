import {
  byText,
  checkKind,
  listenerLinesOf,
  listenerSettingsOf,
  settingsPrefix,
  type HealthCheck,
  type LabelTrust,
  type ListenerSettingLine,
  type Locality,
} from "@fairway/contract";
import { listText, type Line, type ListenerCertificate, type ListenerList } from "@fairway/haproxy";
import { chooseCertificatesOf } from "./chosen-certificates.ts";
import { chooseLists } from "./chosen-lists.ts";
import { completeLines, isHash } from "./complete-lines.ts";
import type { EndpointRejection } from "./desired.ts";
import { byPrecedence } from "./precedence.ts";
import { hintDifference, hintProblems, settingOf, SettingsGroup, type AskingEndpoint } from "./settings-group.ts";

/** How a listener's servers are chosen and checked: by a hash of the client, or those near the proxy first. */
export type Choosing = {
  readonly isHashed: boolean;
  readonly locality: Locality | undefined;
  /** How all of them are checked, by CHECK; undefined: each as it says. */
  readonly check?: HealthCheck | undefined;
};

/** What the settings of a listener are, and what of them its containers ask for otherwise. */
type Chosen = {
  readonly lines: readonly Line[];
  readonly lists: readonly ListenerList[];
  readonly certificates: readonly ListenerCertificate[];
  readonly choosing: Choosing;
  readonly rejections: readonly EndpointRejection[];
};

/** A front port, and how servers are chosen where nobody says otherwise: in HAProxy's words. */
type AskedListener = {
  readonly port: number;
  readonly balance: string;
  readonly trust?: LabelTrust | undefined;
  /** What holds of what none of its containers asks for, by the names of labels. (nothing) */
  readonly defaults?: Readonly<Record<string, string>> | undefined;
};

/**
 * The settings of one listener, which its containers have together. What several set, the older claim's project sets,
 * there the first service by name, there the oldest container: a new container never changes them while an older one
 * says otherwise. Others that say otherwise are told. Depends on the endpoints alone, never on the order in which they
 * came. Endpoints without settings are only remembered; all of a group are looked at only when its oldest or newest one
 * leaves.
 */
export class SettingsChoice {
  readonly #asked: AskedListener;
  readonly #groups = new Map<string, SettingsGroup>();
  readonly #groupOf = new Map<string, string>();
  /** Keys of endpoints that are served and ask for nothing: each server is checked as the listener says, theirs too. */
  readonly #silent = new Set<string>();
  /** Undefined: to be chosen anew. */
  #chosen: Chosen | undefined;
  #lines: readonly Line[] = [];
  #lists: readonly ListenerList[] = [];
  #certificates: readonly ListenerCertificate[] = [];

  constructor(asked: AskedListener) {
    this.#asked = asked;
  }

  /** Takes in an endpoint by its key; undefined: it is not served. */
  set(key: string, asking: AskingEndpoint | undefined): void {
    const { settings, byOperator = [] } = asking?.endpoint ?? {};
    const ofListener = settings && listenerSettingsOf(settings);
    this.#setSilent(key, asking !== undefined && ofListener === undefined);
    if (asking === undefined || ofListener === undefined) return this.#leave(key);
    const id = JSON.stringify([asking.endpoint.service, ofListener, [...byOperator].sort(byText)]);
    if (this.#groupOf.get(key) !== id) this.#leave(key);
    this.#groupOf.set(key, id);
    this.#enter(id, asking);
  }

  /** The lines that the listener has by them: the same object as before when nothing changed. */
  get lines(): readonly Line[] {
    const { lines } = this.#choose();
    if (!isSame(this.#lines, lines, ({ text }) => text)) this.#lines = lines;
    return this.#lines;
  }

  /** Who may connect, and how often: the same object as before when nothing changed. */
  get lists(): readonly ListenerList[] {
    const { lists } = this.#choose();
    if (!isSame(this.#lists, lists, listText)) this.#lists = lists;
    return this.#lists;
  }

  /** Those of its containers' labels, the default one first: the same object as before when nothing changed. */
  get certificates(): readonly ListenerCertificate[] {
    const { certificates } = this.#choose();
    if (JSON.stringify(this.#certificates) !== JSON.stringify(certificates)) this.#certificates = certificates;
    return this.#certificates;
  }

  /** How a server is chosen. */
  get choosing(): Choosing {
    return this.#choose().choosing;
  }

  get groups(): Iterable<SettingsGroup> {
    return this.#groups.values();
  }

  /** What is asked for otherwise, and what cannot be used, each service's once. */
  get rejections(): readonly EndpointRejection[] {
    return this.#choose().rejections;
  }

  #setSilent(key: string, isSilent: boolean): void {
    const before = this.#silent.size;
    if (isSilent) this.#silent.add(key);
    else this.#silent.delete(key);
    if (before > 0 !== this.#silent.size > 0) this.#chosen = undefined;
  }

  #enter(id: string, asking: AskingEndpoint): void {
    const group = this.#groups.get(id);
    if (group === undefined) {
      this.#groups.set(id, new SettingsGroup(asking, this.#asked.trust));
      this.#chosen = undefined;
      return;
    }
    this.#change(group, () => group.put(asking));
  }

  #leave(key: string): void {
    const id = this.#groupOf.get(key);
    const group = this.#groups.get(id ?? "");
    if (id === undefined || group === undefined) return;
    this.#groupOf.delete(key);
    if (group.size > 1) return this.#change(group, () => group.delete(key));
    this.#groups.delete(id);
    this.#chosen = undefined;
  }

  /** Changes the members of a group. It is chosen anew where that depends on who its first ones are. */
  #change(group: SettingsGroup, change: () => void): void {
    const { holder, oldest, newest } = group;
    change();
    const isSameOnes = group.holder === holder && group.oldest === oldest && group.newest === newest;
    if (!isSameOnes) this.#chosen = undefined;
  }

  #choose(): Chosen {
    this.#chosen ??= choose(this.#asked, [...this.#groups.values()], this.#silent.size > 0);
    return this.#chosen;
  }
}

/** One line that a group asks for. */
type Asked = { readonly group: SettingsGroup; readonly line: ListenerSettingLine };

function choose(
  { port, balance, defaults = {} }: AskedListener,
  groups: readonly SettingsGroup[],
  hasSilent: boolean,
): Chosen {
  const ordered = groups.length === 1 ? groups : groups.toSorted(byPrecedence);
  const winners = new Map<string, Asked>();
  const isPageUsed = !hasSilent && isOnePage(ordered);
  const usable = byStrength(ordered).filter(({ line }) => isPageUsed || !isPage(line));
  for (const asked of usable) if (!winners.has(asked.line.sets)) winners.set(asked.line.sets, asked);
  const byDefault = listenerLinesOf(defaults).lines.filter(({ sets }) => !winners.has(sets));
  const chosen = winners.get("balance")?.line ?? byDefault.find(({ sets }) => sets === "balance");
  const isNeeded = (line: ListenerSettingLine) => line.locality === undefined || line.text !== `balance ${balance}`;
  const asked = [...winners.values()].filter(({ line }) => isNeeded(line)).map(lineOf);
  const check = winners.get(checkKind)?.line.check;
  const choosing = { isHashed: isHash(chosen?.text ?? `balance ${balance}`), locality: chosen?.locality, check };
  const rejections = ordered.flatMap((group) => {
    const differing = group.read.lines.flatMap((line) => hintDiffering(port, { group, line }, winners.get(line.sets)));
    return [...differing, ...hintProblems(port, group)];
  });
  const { lists, rejections: ofLists } = chooseLists(port, ordered, defaults);
  return {
    lines: completeLines([...asked, ...byDefault.filter(isNeeded).map(defaultLine)], {
      written: ordered.flatMap(({ read }) => read.lines.toReversed()),
      check,
    }),
    lists,
    certificates: chooseCertificatesOf(ordered),
    choosing,
    rejections: [...rejections, ...ofLists],
  };
}

/** Every server of a listener is asked for the page of a probe, so all of its containers must ask for the same one. */
function isOnePage(groups: readonly SettingsGroup[]): boolean {
  const pages = groups.map(({ read }) => read.lines.find(isPage)?.text);
  return pages.every((page) => page !== undefined && page === pages[0]);
}

function isPage({ setting }: ListenerSettingLine): boolean {
  return setting === "probe.url";
}

/** What operators set comes before what labels do. */
function byStrength(ordered: readonly SettingsGroup[]): readonly Asked[] {
  const all = ordered.flatMap((group) => group.read.lines.map((line) => ({ group, line })));
  return [...all.filter(isOperators), ...all.filter((each) => !isOperators(each))];
}

function isOperators({ group, line }: Asked): boolean {
  return group.byOperator.includes(line.setting);
}

function lineOf({ group, line }: Asked): Line {
  return { text: line.text, from: { services: [group.service], settings: [settingOf(group, line.setting)] } };
}

/** Of no service: the proxy's environment says it. */
function defaultLine({ text, setting }: ListenerSettingLine): Line {
  return { text, from: { services: [], settings: [setting] } };
}

function hintDiffering(port: number, { group, line }: Asked, winner: Asked | undefined): readonly EndpointRejection[] {
  const asked = saying(line);
  const has = winner ? saying(winner.line) : "no check over HTTP";
  if (has === asked) return [];
  const decides = winner ? whoDecides(group, winner) : whyNoPage;
  return [hintDifference(group, { name: line.setting, asked, has, port, decides })];
}

function saying({ text, locality, check }: ListenerSettingLine): string {
  if (check !== undefined) return `check ${check.name}`;
  return locality === undefined ? text : `locality ${locality}`;
}

const whyNoPage = "others behind that port do not ask for the same page: the port of its probe is checked over TCP";

function whoDecides({ service }: SettingsGroup, winner: Asked): string {
  if (isOperators(winner)) return `so the operator set it in ${settingsPrefix}${winner.group.service}`;
  if (winner.group.service !== service) return `service ${winner.group.service} decides there`;
  return `its container ${winner.group.oldest.container} is older`;
}

type Stated = { readonly from: Line["from"] };

function isSame<T extends Stated>(a: readonly T[], b: readonly T[], textOf: (each: T) => string): boolean {
  const whole = (each: T) => [textOf(each), ...each.from.services, ...each.from.settings].join("\n");
  return a.length === b.length && a.every((each, at) => each === b[at] || whole(each) === whole(b[at] ?? each));
}
