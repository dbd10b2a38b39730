import {
  limitOf,
  limitSettingNames,
  networksOf,
  networkSettingNames,
  settingsPrefix,
  type LimitSettingName,
  type NetworkSettingName,
} from "@fairway/contract";
import type { ListenerList } from "@fairway/haproxy";
import type { EndpointRejection } from "./desired.ts";
import { byReadiness } from "./precedence.ts";
import { hintDifference, hintUnusable, settingOf, type SettingsGroup } from "./settings-group.ts";

/** The lists that a listener has, and what of them its containers ask for otherwise. */
export type ChosenLists = {
  readonly lists: readonly ListenerList[];
  readonly rejections: readonly EndpointRejection[];
};

type ListName = NetworkSettingName | LimitSettingName;

/**
 * Who may connect to a listener, and how often, by its groups in their order: what an operator sets; else the first
 * service decides, in it the newest container that is ready: a deploy that tightens, tightens. `defaults` is what holds
 * of what nobody asks for.
 */
export function chooseLists(
  port: number,
  ordered: readonly SettingsGroup[],
  defaults: Readonly<Record<string, string>>,
): ChosenLists {
  const chosen = [...networkSettingNames, ...limitSettingNames].map((name) => {
    return chooseList(port, name, ordered) ?? { lists: defaultLists(name, defaults[name]), rejections: [] };
  });
  return {
    lists: chosen.flatMap(({ lists }) => lists),
    rejections: chosen.flatMap(({ rejections }) => rejections),
  };
}

/** Undefined: nobody asks for it. */
function chooseList(port: number, name: ListName, ordered: readonly SettingsGroup[]): ChosenLists | undefined {
  const asking = ordered.filter(({ settings }) => Object.hasOwn(settings, name));
  const byOperator = asking.filter((group) => group.byOperator.includes(name));
  const pool = byOperator.length > 0 ? byOperator : asking;
  const [winner] = pool
    .filter(({ service }) => service === pool[0]?.service)
    .toSorted((a, b) => byReadiness(a.newest, b.newest));
  if (winner === undefined) return undefined;
  const has = textIn(winner, name);
  const list = listOf(name, has, { services: [winner.service], settings: [settingOf(winner, name)] });
  if (list === undefined) return { lists: [], rejections: [hintUnusable(winner, port, `${name} has no effect`)] };
  const others = asking.filter((group) => textIn(group, name) !== has);
  const rejections = others.map((group) => {
    const decides = whoDecides(name, group, winner);
    return hintDifference(group, { name, asked: textIn(group, name), has, port, decides });
  });
  return { lists: [list], rejections };
}

/** Of no service: the proxy's environment says it. */
function defaultLists(name: ListName, text: string | undefined): readonly ListenerList[] {
  return text === undefined ? [] : [listOf(name, text, { services: [], settings: [name] }) ?? []].flat();
}

const networkKinds = { ALLOW: "allow", DENY: "deny", ACCEPT_PROXY: "accept-proxy" } as const;
const limitKinds = { RATE: "rate", CONNECTIONS: "connections" } as const;

/** Undefined: no registrar writes such a text. */
function listOf(name: ListName, text: string, from: ListenerList["from"]): ListenerList | undefined {
  if (name !== "RATE" && name !== "CONNECTIONS") return { kind: networkKinds[name], networks: networksOf(text), from };
  const limit = limitOf(name, text);
  return limit && { kind: limitKinds[name], most: limit.most, ...(limit.per && { per: limit.per }), from };
}

function textIn({ settings }: SettingsGroup, name: ListName): string {
  return settings[name] ?? "";
}

function whoDecides(name: ListName, group: SettingsGroup, winner: SettingsGroup): string {
  if (winner.byOperator.includes(name)) return `so the operator set it in ${settingsPrefix}${winner.service}`;
  if (winner.service !== group.service) return `service ${winner.service} decides there`;
  return `its container ${winner.newest.container} is newer, or ready`;
}
