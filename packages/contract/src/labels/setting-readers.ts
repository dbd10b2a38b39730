import { certificateSettingNames } from "./certificate-labels.ts";
import { listenerSettingNames, readListenerSetting } from "./listener-settings.ts";
import { networkSettingNames, readNetworks } from "./networks.ts";
import { readServerSetting, serverSettingNames } from "./server-settings.ts";
import type { JudgedText, LabelTrust } from "./server-words.ts";
import { limitSettingNames, readLimit } from "./source-limits.ts";
import type { LabelOutcome } from "./label-rejection.ts";

/** Reads the text of a setting; `label` is its name in full, for sentences. */
export type ReadSetting = (label: string, text: string, trust: LabelTrust) => LabelOutcome;

/** What reads each setting of a service, by its name without a prefix: as a label, or as an operator writes it. */
export const settingReaders: Readonly<Record<string, ReadSetting>> = {
  ...readersOf(serverSettingNames, readServerSetting),
  ...readersOf(listenerSettingNames, readListenerSetting),
  ...readersOf(networkSettingNames, readNetworks),
  ...readersOf(limitSettingNames, readLimit),
};

/** The names of all of these: each may also stand for a single front port, `<name>.<port>`. */
export const settingNames: ReadonlySet<string> = new Set([...Object.keys(settingReaders), ...certificateSettingNames]);

function readersOf<N extends string>(
  names: readonly N[],
  read: (name: N, label: string, text: JudgedText) => LabelOutcome,
): Readonly<Record<string, ReadSetting>> {
  const readers = names.map((name): [string, ReadSetting] => {
    return [name, (label, text, trust) => read(name, label, { text, trust })];
  });
  return Object.fromEntries(readers);
}
