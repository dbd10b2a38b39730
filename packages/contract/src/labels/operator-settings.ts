import type { Rejection } from "../rejection.ts";
import { shown } from "../text.ts";
import { proxyPrefix } from "./label-table.ts";
import { isPort, splitSettingName } from "./port-settings.ts";
import type { JudgedText, LabelTrust } from "./server-words.ts";
import { settingReaders } from "./setting-readers.ts";

/** What an operator sets for a service, as far as it can be used, and why the rest cannot. */
export type OperatorSettings = {
  /** By the label's name without its prefix. */
  readonly settings: Readonly<Record<string, string>>;
  /** As sentences. */
  readonly problems: readonly string[];
};

/** How many settings of a service an operator may write. */
export const mostOperatorSettings = 64;

/**
 * Reads the settings in an operator's record, by the table of labels: names in any case, perhaps with `.<front port>`. What cannot be used is left
 * out, or stands as what keeps the service from being less safe than was meant; the others stay.
 */
export function readOperatorSettings(
  record: Readonly<Record<string, string>>,
  trust: LabelTrust = "listed",
): OperatorSettings {
  const readings = Object.entries(record)
    .slice(0, mostOperatorSettings)
    .map(([written, text]) => {
      const name = written.toUpperCase();
      const { accepted, instead, rejections } = readOne(name, { text, trust });
      return { name, used: accepted ?? instead, problems: rejections.map(({ reason }) => `${shown(name)}: ${reason}`) };
    });
  return {
    settings: Object.fromEntries(readings.flatMap(({ name, used }) => (used === undefined ? [] : [[name, used]]))),
    problems: readings.flatMap(({ problems }) => problems),
  };
}

type Reading = {
  readonly accepted: string | undefined;
  readonly instead?: string;
  readonly rejections: readonly Pick<Rejection, "reason">[];
};

function readOne(name: string, { text, trust }: JudgedText): Reading {
  const { name: setting, port } = splitSettingName(name);
  const read = Object.hasOwn(settingReaders, setting) ? settingReaders[setting] : undefined;
  if (read !== undefined && port !== undefined && !isPort(port))
    return { accepted: undefined, rejections: [{ reason: "what follows its dot is not a port (1–65535)" }] };
  if (read !== undefined) return read(proxyPrefix + name, text, trust);
  const names = Object.keys(settingReaders).join(", ");
  const reason = `it is none of the settings of a service, which are ${names}, each also with .<front port>`;
  return { accepted: undefined, rejections: [{ reason }] };
}
