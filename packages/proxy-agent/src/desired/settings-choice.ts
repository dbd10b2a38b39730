import {
  byText,
  endpointsPrefix,
  listenerLinesOf,
  settingsPrefix,
  type ListenerLines,
  type ListenerSettingLine,
} from "@fairway/contract";
import type { Line } from "@fairway/haproxy";
import { byAge, type PortHolder } from "../registry/port-holder.ts";
import type { SeenEndpoint } from "../registry/seen.ts";
import type { EndpointRejection } from "./desired.ts";

/** An endpoint that is served, for whom. */
type Asking = { readonly endpoint: SeenEndpoint; readonly holder: PortHolder | undefined };

/** Containers of one service that ask for the same settings. */
type Group = {
  readonly service: string;
  readonly read: ListenerLines;
  /** Those of its settings that an operator gave it. */
  readonly byOperator: readonly string[];
  readonly members: Map<string, SeenEndpoint>;
  holder: PortHolder | undefined;
  /** The oldest member, see {@link byContainerAge}; undefined: to be found anew. */
  oldest: SeenEndpoint | undefined;
};

/** What the settings of a listener are, and what of them its containers ask for otherwise. */
type Chosen = { readonly lines: readonly Line[]; readonly rejections: readonly EndpointRejection[] };

const nothing: Chosen = { lines: [], rejections: [] };

/**
 * The settings of one listener, which its containers have together. What several set, the older claim's project sets,
 * there the first service by name, there the oldest container: a new container never changes them while an older one
 * says otherwise. Others that say otherwise are told. Depends on the endpoints alone, never on the order in which they
 * came; endpoints without settings cost nothing, and others no more the more there are.
 */
export class SettingsChoice {
  readonly #port: number;
  readonly #groups = new Map<string, Group>();
  readonly #groupOf = new Map<string, string>();
  /** Undefined: to be chosen anew. */
  #chosen: Chosen | undefined = nothing;
  #lines: readonly Line[] = nothing.lines;

  constructor(port: number) {
    this.#port = port;
  }

  /** Takes in an endpoint by its key; undefined: it is not served. */
  set(key: string, asking: Asking | undefined): void {
    const { settings, createdAt, byOperator = [] } = asking?.endpoint ?? {};
    if (asking === undefined || settings === undefined || createdAt === undefined) return this.#leave(key);
    const id = [asking.endpoint.service, ...Object.entries(settings).flat().sort(byText), ...byOperator].join("\n");
    if (this.#groupOf.get(key) !== id) this.#leave(key);
    this.#groupOf.set(key, id);
    this.#enter(id, asking);
  }

  /** The lines that the listener has by them: the same object as before when nothing changed. */
  get lines(): readonly Line[] {
    const { lines } = this.#choose();
    if (!isSame(this.#lines, lines)) this.#lines = lines;
    return this.#lines;
  }

  /** What is asked for otherwise, and what cannot be used, each service's once. */
  get rejections(): readonly EndpointRejection[] {
    return this.#choose().rejections;
  }

  #enter(id: string, { endpoint, holder }: Asking): void {
    const group = this.#groups.get(id) ?? groupOf(endpoint, holder);
    const isNew = group.members.size === 0;
    this.#groups.set(id, group);
    group.members.set(endpoint.key, endpoint);
    if (group.oldest?.key === endpoint.key) group.oldest = undefined;
    const isOldest = group.oldest !== undefined && byContainerAge(endpoint, group.oldest) < 0;
    if (isOldest) group.oldest = endpoint;
    if (isNew || isOldest || group.holder !== holder) this.#chosen = undefined;
    group.holder = holder;
  }

  #leave(key: string): void {
    const id = this.#groupOf.get(key);
    const group = this.#groups.get(id ?? "");
    if (id === undefined || group === undefined) return;
    this.#groupOf.delete(key);
    group.members.delete(key);
    if (group.members.size === 0) this.#groups.delete(id);
    if (group.oldest?.key === key) group.oldest = undefined;
    if (group.oldest === undefined) this.#chosen = undefined;
  }

  #choose(): Chosen {
    this.#chosen ??= choose(this.#port, [...this.#groups.values()]);
    return this.#chosen;
  }
}

function groupOf(endpoint: SeenEndpoint, holder: PortHolder | undefined): Group {
  const { service, settings = {}, byOperator = [] } = endpoint;
  return { service, read: listenerLinesOf(settings), byOperator, members: new Map(), holder, oldest: undefined };
}

function choose(port: number, groups: readonly Group[]): Chosen {
  if (groups.length === 0) return nothing;
  const ordered = groups.length === 1 ? groups : groups.toSorted(byPrecedence);
  const winners = new Map<string, Asked>();
  for (const asked of byStrength(ordered)) if (!winners.has(asked.line.sets)) winners.set(asked.line.sets, asked);
  const lines = [...winners.values()].map(lineOf);
  const rejections = ordered.flatMap((group) => {
    const differing = group.read.lines.flatMap((line) => {
      const winner = winners.get(line.sets);
      return winner === undefined || winner.line.text === line.text ? [] : [{ line, winner }];
    });
    return [...differing.map((each) => hintDiffering(port, group, each)), ...hintProblems(port, group)];
  });
  return { lines: withConsistentHash(lines).toSorted((a, b) => byText(a.text, b.text)), rejections };
}

/** One line that a group asks for. */
type Asked = { readonly group: Group; readonly line: ListenerSettingLine };

/** What operators set comes before what labels do. */
function byStrength(ordered: readonly Group[]): readonly Asked[] {
  const all = ordered.flatMap((group) => group.read.lines.map((line) => ({ group, line })));
  return [...all.filter(isOperators), ...all.filter((each) => !isOperators(each))];
}

function isOperators({ group, line }: Asked): boolean {
  return group.byOperator.includes(line.setting);
}

function lineOf(asked: Asked): Line {
  const { group, line } = asked;
  const setting = isOperators(asked) ? `${line.setting} of ${settingsPrefix}${group.service}` : line.setting;
  return { text: line.text, from: { services: [group.service], settings: [setting] } };
}

/** With any other kind of hash a server cannot come at run time. */
function withConsistentHash(lines: readonly Line[]): readonly Line[] {
  const source = lines.find(({ text }) => text === "balance source");
  const isSaid = lines.some(({ text }) => text.startsWith("hash-type "));
  return source && !isSaid ? [...lines, { text: "hash-type consistent", from: source.from }] : lines;
}

/** Which group decides what several set. */
function byPrecedence(a: Group, b: Group): number {
  const order = a.holder && b.holder ? byAge(a.holder, b.holder) : Number(!a.holder) - Number(!b.holder);
  return order || byText(a.service, b.service) || byContainerAge(oldestOf(a), oldestOf(b));
}

function oldestOf(group: Group): SeenEndpoint | undefined {
  group.oldest ??= [...group.members.values()].reduce((oldest, each) =>
    byContainerAge(each, oldest) < 0 ? each : oldest,
  );
  return group.oldest;
}

function byContainerAge(a: SeenEndpoint | undefined, b: SeenEndpoint | undefined): number {
  return byText(a?.createdAt ?? "", b?.createdAt ?? "") || byText(a?.key ?? "", b?.key ?? "");
}

type Differing = { readonly line: ListenerSettingLine; readonly winner: Asked };

function hintDiffering(port: number, group: Group, { line, winner }: Differing): EndpointRejection {
  const decides = whoDecides(group, winner);
  const reason = `${containersOf(group)}: ${line.setting} asks for "${line.text}" on port ${port}, which has "${winner.line.text}": ${decides}`;
  return { code: "setting-differs", severity: "hint", key: keyOf(group), reason };
}

function whoDecides({ service }: Group, winner: Asked): string {
  if (isOperators(winner)) return `so the operator set it in ${settingsPrefix}${winner.group.service}`;
  if (winner.group.service !== service) return `service ${winner.group.service} decides there`;
  return `its container ${oldestOf(winner.group)?.container ?? ""} is older`;
}

/** Registrars write no such setting: the record is another's, or of another version. */
function hintProblems(port: number, group: Group): readonly EndpointRejection[] {
  return group.read.problems.map((problem) => {
    const reason = `${containersOf(group)}: on port ${port} ${problem}`;
    return { code: "setting-not-valid", severity: "hint", key: keyOf(group), reason };
  });
}

/** Told of a whole service: its containers may be thousands. */
function keyOf({ service }: Group): string {
  return `${endpointsPrefix}${service}/`;
}

function containersOf(group: Group): string {
  const name = oldestOf(group)?.container ?? "";
  return group.members.size === 1 ? name : `${name} and ${group.members.size - 1} more`;
}

function isSame(a: readonly Line[], b: readonly Line[]): boolean {
  return (
    a.length === b.length && a.every(({ text, from }, at) => text === b[at]?.text && isSameOrigin(from, b[at].from))
  );
}

function isSameOrigin(a: Line["from"], b: Line["from"]): boolean {
  return a.services.join() === b.services.join() && a.settings.join() === b.settings.join();
}
