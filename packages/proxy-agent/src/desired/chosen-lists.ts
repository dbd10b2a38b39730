import { networksOf, networkSettingNames, settingsPrefix, type NetworkSettingName } from "@fairway/contract";
import type { AddressList } from "@fairway/haproxy";
import type { EndpointRejection } from "./desired.ts";
import { byReadiness } from "./precedence.ts";
import { hintDifference, settingOf, type SettingsGroup } from "./settings-group.ts";

/** The lists that a listener has, and what of them its containers ask for otherwise. */
export type ChosenLists = { readonly lists: readonly AddressList[]; readonly rejections: readonly EndpointRejection[] };

/**
 * Who may connect to a listener, by its groups in their order: what an operator sets; else the first service decides, in
 * it the newest container that is ready: a deploy that tightens, tightens.
 */
export function chooseLists(port: number, ordered: readonly SettingsGroup[]): ChosenLists {
  const chosen = networkSettingNames.map((name) => chooseList(port, name, ordered));
  return {
    lists: chosen.flatMap(({ lists }) => lists),
    rejections: chosen.flatMap(({ rejections }) => rejections),
  };
}

function chooseList(port: number, name: NetworkSettingName, ordered: readonly SettingsGroup[]): ChosenLists {
  const asking = ordered.filter(({ settings }) => Object.hasOwn(settings, name));
  const byOperator = asking.filter((group) => group.byOperator.includes(name));
  const pool = byOperator.length > 0 ? byOperator : asking;
  const [winner] = pool
    .filter(({ service }) => service === pool[0]?.service)
    .toSorted((a, b) => byReadiness(a.newest, b.newest));
  if (winner === undefined) return { lists: [], rejections: [] };
  const has = textIn(winner, name);
  const from = { services: [winner.service], settings: [settingOf(winner, name)] };
  const others = asking.filter((group) => textIn(group, name) !== has);
  const rejections = others.map((group) => {
    const decides = whoDecides(name, group, winner);
    return hintDifference(group, { name, asked: textIn(group, name), has, port, decides });
  });
  return { lists: [{ kind: name === "ALLOW" ? "allow" : "deny", networks: networksOf(has), from }], rejections };
}

function textIn({ settings }: SettingsGroup, name: NetworkSettingName): string {
  return settings[name] ?? "";
}

function whoDecides(name: NetworkSettingName, group: SettingsGroup, winner: SettingsGroup): string {
  if (winner.byOperator.includes(name)) return `so the operator set it in ${settingsPrefix}${winner.service}`;
  if (winner.service !== group.service) return `service ${winner.service} decides there`;
  return `its container ${winner.newest.container} is newer, or ready`;
}
