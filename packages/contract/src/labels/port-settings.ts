/** A setting's name as it is written, and what stands behind its dot: the front port that it is for alone. */
export type SettingName = { readonly name: string; readonly port: string | undefined };

/** Settings by their names, as records have them. */
type Settings = Readonly<Record<string, string>>;

/** Takes `WEIGHT.6379` apart; without a dot it is the setting of all ports. */
export function splitSettingName(written: string): SettingName {
  const dot = written.indexOf(".");
  return dot < 0 ? { name: written, port: undefined } : { name: written.slice(0, dot), port: written.slice(dot + 1) };
}

/** True for the number of a port as it is written behind a dot: `06379` is another text for the same port, and none. */
export function isPort(text: string): boolean {
  return /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65535;
}

/** Of some settings those that are for a single port, not read yet, if they are of these names. */
export function portSettingsOf(settings: Settings, names: ReadonlySet<string>): Settings {
  const own = Object.entries(settings).filter(([written]) => {
    const { name, port } = splitSettingName(written);
    return port !== undefined && isPort(port) && names.has(name);
  });
  return Object.fromEntries(own);
}

/** Some settings without those for other ports than these: the same object where there are none. */
export function settingsWithin(settings: Settings, ports: ReadonlySet<number>): Settings {
  const written = Object.keys(settings).filter((each) => !isElsewhere(each, ports));
  if (written.length === Object.keys(settings).length) return settings;
  return Object.fromEntries(written.map((each) => [each, settings[each] ?? ""]));
}

function isElsewhere(written: string, ports: ReadonlySet<number>): boolean {
  const { port } = splitSettingName(written);
  return port !== undefined && isPort(port) && !ports.has(Number(port));
}

/**
 * The settings that hold behind one front port: `WEIGHT.6379` in place of `WEIGHT` behind 6379, and nowhere else. The
 * same object where none is for a single port.
 */
export function settingsAt(settings: Settings, port: number): Settings {
  const written = Object.keys(settings);
  if (!written.some((each) => isPort(splitSettingName(each).port ?? ""))) return settings;
  const general = written.filter((each) => !isPort(splitSettingName(each).port ?? ""));
  const own = written.filter((each) => splitSettingName(each).port === String(port));
  return Object.fromEntries([
    ...general.map((each) => [each, settings[each] ?? ""] as const),
    ...own.map((each) => [splitSettingName(each).name, settings[each] ?? ""] as const),
  ]);
}
