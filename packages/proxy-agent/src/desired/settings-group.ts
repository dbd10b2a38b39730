import {
  endpointsPrefix,
  listenerLinesOf,
  settingsPrefix,
  shown,
  type LabelTrust,
  type ListenerLines,
} from "@fairway/contract";
import type { PortHolder } from "../registry/port-holder.ts";
import type { SeenEndpoint } from "../registry/seen.ts";
import type { EndpointRejection } from "./desired.ts";
import { byContainerAge, byReadiness, type Deciding } from "./precedence.ts";

/** An endpoint that is served, for whom. */
export type AskingEndpoint = { readonly endpoint: SeenEndpoint; readonly holder: PortHolder | undefined };

/** Containers of one service that ask for the same settings; never without one, once it was put. */
export class SettingsGroup implements Deciding {
  readonly service: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly read: ListenerLines;
  /** Those of its settings that an operator gave it. */
  readonly byOperator: readonly string[];
  readonly #members = new Map<string, SeenEndpoint>();
  #holder: PortHolder | undefined;
  /** Undefined: to be found anew. */
  #oldest: SeenEndpoint | undefined;
  #newest: SeenEndpoint | undefined;

  constructor({ endpoint, holder }: AskingEndpoint, trust?: LabelTrust) {
    const { service, settings = {}, byOperator = [] } = endpoint;
    this.service = service;
    this.settings = settings;
    this.read = listenerLinesOf(settings, byOperator, trust);
    this.byOperator = byOperator;
    this.#members.set(endpoint.key, endpoint);
    this.#holder = holder;
  }

  get size(): number {
    return this.#members.size;
  }

  get holder(): PortHolder | undefined {
    return this.#holder;
  }

  get oldest(): SeenEndpoint {
    return (this.#oldest ??= this.#first(byContainerAge));
  }

  /** The newest container that is ready; where none is, the newest. */
  get newest(): SeenEndpoint {
    return (this.#newest ??= this.#first(byReadiness));
  }

  put({ endpoint, holder }: AskingEndpoint): void {
    this.#members.set(endpoint.key, endpoint);
    this.#holder = holder;
    this.#oldest = firstWith(endpoint, this.#oldest, byContainerAge);
    this.#newest = firstWith(endpoint, this.#newest, byReadiness);
  }

  delete(key: string): void {
    this.#members.delete(key);
    if (this.#oldest?.key === key) this.#oldest = undefined;
    if (this.#newest?.key === key) this.#newest = undefined;
  }

  #first(inOrder: Order): SeenEndpoint {
    return [...this.#members.values()].reduce((first, each) => (inOrder(each, first) < 0 ? each : first));
  }
}

type Order = (a: SeenEndpoint, b: SeenEndpoint) => number;

/** The first one once an endpoint has come or changed; undefined: it was the first and may be so no longer. */
function firstWith(endpoint: SeenEndpoint, first: SeenEndpoint | undefined, inOrder: Order): SeenEndpoint | undefined {
  const order = first === undefined ? 0 : inOrder(endpoint, first);
  if (first?.key === endpoint.key) return order > 0 ? undefined : endpoint;
  return order < 0 ? endpoint : first;
}

/** A setting, as origins of lines name it: an operator's by its key. */
export function settingOf(group: SettingsGroup, name: string): string {
  return group.byOperator.includes(name) ? `${name} of ${settingsPrefix}${group.service}` : name;
}

/** What a group asks for and the listener has otherwise; `decides`: who decides that. */
export type SettingDifference = {
  readonly name: string;
  readonly asked: string;
  readonly has: string;
  readonly port: number;
  readonly decides: string;
};

/** Told of a whole service: its containers may be thousands. */
export function hintDifference(
  group: SettingsGroup,
  { name, asked, has, port, decides }: SettingDifference,
): EndpointRejection {
  const texts = `${name} asks for "${shown(asked)}" on port ${port}, which has "${shown(has)}"`;
  const reason = `${containersOf(group)}: ${texts}: ${decides}`;
  return { code: "setting-differs", severity: "hint", key: keyOf(group), reason };
}

/** Registrars write no such setting: the record is another's, or of another version. */
export function hintProblems(port: number, group: SettingsGroup): readonly EndpointRejection[] {
  return group.read.problems.map((problem) => hintUnusable(group, port, problem));
}

/** Tells of something in the settings of a group that is not used. */
export function hintUnusable(group: SettingsGroup, port: number, problem: string): EndpointRejection {
  const reason = `${containersOf(group)}: on port ${port} ${problem}`;
  return { code: "setting-not-valid", severity: "hint", key: keyOf(group), reason };
}

function keyOf({ service }: SettingsGroup): string {
  return `${endpointsPrefix}${service}/`;
}

function containersOf(group: SettingsGroup): string {
  const { oldest, size } = group;
  return size === 1 ? oldest.container : `${oldest.container} and ${size - 1} more`;
}
