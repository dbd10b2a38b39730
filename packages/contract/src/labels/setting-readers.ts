import { listenerSettingNames, readListenerSetting } from "./listener-settings.ts";
import { networkSettingNames, readNetworks } from "./networks.ts";
import { readServerSetting, serverSettingNames } from "./server-settings.ts";
import type { LabelOutcome } from "./share.ts";
import { limitSettingNames, readLimit } from "./source-limits.ts";

/** Reads the text of a setting; `label` is its name in full, for sentences. */
export type ReadSetting = (label: string, text: string) => LabelOutcome;

/** What reads each setting of a service, by its name without a prefix: as a label, or as an operator writes it. */
export const settingReaders: Readonly<Record<string, ReadSetting>> = {
  ...readersOf(serverSettingNames, readServerSetting),
  ...readersOf(listenerSettingNames, readListenerSetting),
  ...readersOf(networkSettingNames, readNetworks),
  ...readersOf(limitSettingNames, readLimit),
};

function readersOf<N extends string>(
  names: readonly N[],
  read: (name: N, ...text: Parameters<ReadSetting>) => LabelOutcome,
): Readonly<Record<string, ReadSetting>> {
  return Object.fromEntries(names.map((name) => [name, (label: string, text: string) => read(name, label, text)]));
}
