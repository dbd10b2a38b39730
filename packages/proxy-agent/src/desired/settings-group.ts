import { byText, endpointsPrefix, listenerLinesOf, settingsPrefix, shown, type ListenerLines } from "@fairway/contract";
import { byAge, type PortHolder } from "../registry/port-holder.ts";
import type { SeenEndpoint } from "../registry/seen.ts";
import type { EndpointRejection } from "./desired.ts";

/** An endpoint that is served, for whom. */
export type AskingEndpoint = { readonly endpoint: SeenEndpoint; readonly holder: PortHolder | undefined };

/** Containers of one service that ask for the same settings. */
export type SettingsGroup = {
  readonly service: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly read: ListenerLines;
  /** Those of its settings that an operator gave it. */
  readonly byOperator: readonly string[];
  readonly members: Map<string, SeenEndpoint>;
  holder: PortHolder | undefined;
  /** The oldest member, see {@link byContainerAge}; undefined: to be found anew. */
  oldest: SeenEndpoint | undefined;
};

export function groupOf({ endpoint, holder }: AskingEndpoint): SettingsGroup {
  const { service, settings = {}, byOperator = [] } = endpoint;
  return {
    service,
    settings,
    read: listenerLinesOf(settings),
    byOperator,
    members: new Map(),
    holder,
    oldest: undefined,
  };
}

/** Which group comes first: the older claim's, the first service by name, the oldest container. */
export function byPrecedence(a: SettingsGroup, b: SettingsGroup): number {
  const order = a.holder && b.holder ? byAge(a.holder, b.holder) : Number(!a.holder) - Number(!b.holder);
  return order || byText(a.service, b.service) || byContainerAge(oldestOf(a), oldestOf(b));
}

export function oldestOf(group: SettingsGroup): SeenEndpoint | undefined {
  group.oldest ??= [...group.members.values()].reduce((oldest, each) =>
    byContainerAge(each, oldest) < 0 ? each : oldest,
  );
  return group.oldest;
}

/** The newest container that is ready; where none is, the newest. */
export function newestOf({ members }: SettingsGroup): SeenEndpoint | undefined {
  return [...members.values()].reduce((newest, each) => (byReadiness(each, newest) < 0 ? each : newest));
}

/** Ready ones first, then the younger container. */
export function byReadiness(a: SeenEndpoint | undefined, b: SeenEndpoint | undefined): number {
  return Number(b?.state === "ready") - Number(a?.state === "ready") || byContainerAge(b, a);
}

export function byContainerAge(a: SeenEndpoint | undefined, b: SeenEndpoint | undefined): number {
  return byText(a?.createdAt ?? "", b?.createdAt ?? "") || byText(a?.key ?? "", b?.key ?? "");
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
  return group.read.problems.map((problem) => {
    const reason = `${containersOf(group)}: on port ${port} ${problem}`;
    return { code: "setting-not-valid", severity: "hint", key: keyOf(group), reason };
  });
}

function keyOf({ service }: SettingsGroup): string {
  return `${endpointsPrefix}${service}/`;
}

function containersOf(group: SettingsGroup): string {
  const name = oldestOf(group)?.container ?? "";
  return group.members.size === 1 ? name : `${name} and ${group.members.size - 1} more`;
}
