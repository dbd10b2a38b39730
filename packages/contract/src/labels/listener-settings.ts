import type { Rejection } from "../rejection.ts";
import { type LabelOutcome, hintLabel, refuseLabel } from "./label-rejection.ts";
import { certificateSettingNames } from "./certificate-labels.ts";
import { notValidCheck, readCheck } from "./check.ts";
import { checkKind, readListenerLine, type LineReading, type ListenerLine, type Locality } from "./listener-words.ts";
import { networkSettingNames } from "./networks.ts";
import { probeLine } from "./probe-url.ts";
import type { JudgedText, LabelTrust } from "./server-words.ts";
import { limitSettingNames } from "./source-limits.ts";

/**
 * Each label that is a setting of a listener: what its items begin with in HAProxy's words, and whether it is a list of
 * them. What an earlier one sets, a later one does not.
 */
const listenerSettings = {
  CHECK: { before: "", isList: false },
  STICKY: { before: "", isList: false },
  LOCALITY: { before: "", isList: false },
  BALANCE: { before: "balance ", isList: false },
  IDLE: { before: "timeout tunnel ", isList: false },
  TIMEOUT: { before: "timeout ", isList: true },
  OPTION: { before: "option ", isList: true },
  EXTRA_SETTINGS: { before: "", isList: true },
} as const;

export type ListenerSettingName = keyof typeof listenerSettings;

export const listenerSettingNames = Object.keys(listenerSettings) as readonly ListenerSettingName[];

const mostItems = 32;

/**
 * Settings that have words of their own: for how a server is checked or chosen. For STICKY the network that one customer
 * has of IPv6 is one source. Of what BALANCE sets too the first of the table counts.
 */
const ownReaders: Readonly<Partial<Record<ListenerSettingName, OwnReader>>> = {
  CHECK: readCheckLine,
  STICKY: (item) => readOwnWords({ source: { sets: "balance", text: "balance hash src,ipmask(32,64)" } }, item),
  LOCALITY: (item) => readOwnWords({ node: localityLine("node"), zone: localityLine("zone") }, item),
};

type OwnReader = (item: string) => LineReading;
type OwnWords = Readonly<Record<string, ListenerLine>>;

function localityLine(locality: Locality): ListenerLine {
  return { sets: "balance", text: "balance roundrobin", locality };
}

/** What HAProxy takes in another word, since servers come and go here, and nothing is HTTP. */
const adapted: ReadonlyMap<string, { readonly text: string; readonly why: string }> = new Map([
  ["balance static-rr", { text: "balance roundrobin", why: "static-rr takes no server at run time" }],
  ["option httplog", { text: "option tcplog", why: "its listener is tcp" }],
]);

/** Reads a label that is a setting of a listener, named without its prefix. A bad item is refused and the others stay. */
export function readListenerSetting(
  name: ListenerSettingName,
  label: string,
  { text, trust }: JudgedText,
): LabelOutcome {
  const { before } = listenerSettings[name];
  if (name === "CHECK") return readCheckSetting(label, text);
  const readings = itemsOf(name, text).map((item) => ({ item, reading: readItem(name, item, trust) }));
  const accepted = readings.flatMap(({ item, reading }) =>
    reading.ok ? [acceptedText(name, item, reading.line)] : [],
  );
  const rejections = readings.flatMap(({ item, reading }, at): readonly Rejection[] => {
    const which = listenerSettings[name].isList ? `item ${at + 1} has no effect` : "it has no effect";
    if (!reading.ok)
      return [refuseLabel({ code: "setting-not-valid", label, value: item, reason: `${which}: ${reading.reason}` })];
    const change = adapted.get(wordsIn(before + item));
    if (change === undefined) return [];
    const reason = `it is taken as ${change.text}: ${change.why}`;
    return [hintLabel({ code: "setting-adapted", label, value: item, reason })];
  });
  const used = withoutTable(accepted) ? accepted.filter((item) => !isStick(item)) : accepted;
  const others = used.length === accepted.length ? [] : [refuseTable(label, text)];
  return {
    accepted: used.length === 0 ? undefined : used.map((item) => item.replaceAll(",", "\\,")).join(", "),
    rejections: [...rejections, ...others, ...refuseTooMany(name, label, text)],
  };
}

/** Without the check that it asks for, a container is not served: a replica would get writes. */
function readCheckSetting(label: string, text: string): LabelOutcome {
  const read = readCheck(text);
  if (read.ok) return { accepted: read.check.name, rejections: [] };
  const reason = `its container is not served: ${read.reason}`;
  const rejections = [refuseLabel({ code: "setting-not-valid", label, value: text, reason })];
  return { accepted: undefined, instead: notValidCheck, rejections };
}

function readCheckLine(item: string): LineReading {
  const read = readCheck(item);
  return read.ok ? { ok: true, line: { sets: checkKind, text: read.check.lines[0] ?? "", check: read.check } } : read;
}

/** A line of a listener, and the label that it stands in. */
export type ListenerSettingLine = ListenerLine & { readonly setting: ListenerSettingName | typeof probeUrl };

const probeUrl = "probe.url";

/** The lines that settings ask for, one for each thing that they set, and what of them is not used. */
export type ListenerLines = { readonly lines: readonly ListenerSettingLine[]; readonly problems: readonly string[] };

/**
 * Reads the settings of a listener as they stand in a record. Of two items that set the same the last of a label counts;
 * of two labels one that an operator gave, then the earlier of the table. A probe over HTTP comes before labels but CHECK.
 */
export function listenerLinesOf(
  settings: Readonly<Record<string, string>>,
  byOperator: readonly string[] = [],
  trust: LabelTrust = "listed",
): ListenerLines {
  const isOperators = (name: ListenerSettingName) => byOperator.includes(name);
  const linesBy = (names: readonly ListenerSettingName[]) =>
    names.map((name) => readLines(name, { text: settings[name] ?? "", trust }));
  const operators = linesBy(listenerSettingNames.filter(isOperators));
  const labels = linesBy(listenerSettingNames.filter((name) => !isOperators(name)));
  const bySet = new Map<string, ListenerSettingLine>();
  const displaced: string[] = [];
  const [checks, others] = [true, false].map((is) =>
    linesIn(labels).filter(({ check }) => (check !== undefined) === is),
  );
  for (const line of [...linesIn(operators), ...(checks ?? []), ...probeLines(settings), ...(others ?? [])]) {
    const first = bySet.get(line.sets);
    if (first === undefined) bySet.set(line.sets, line);
    else if (first.check !== undefined && line.setting !== probeUrl)
      displaced.push(`${line.setting} has no effect on how servers are checked: ${first.setting} decides that`);
    else if (first.locality !== line.locality)
      displaced.push(`${line.setting} has no effect on how a server is chosen: ${first.setting} decides that`);
  }
  if (bySet.has("stick on") && !bySet.has("stick-table")) bySet.delete("stick on");
  const problems = [...operators, ...labels].flatMap((each) => each.problems);
  return { lines: [...bySet.values()], problems: [...problems, ...displaced] };
}

function linesIn(readings: readonly ListenerLines[]): readonly ListenerSettingLine[] {
  return readings.flatMap(({ lines }) => lines);
}

/** The lines of one setting, the last first; one of which an item is bad has none. */
function readLines(setting: ListenerSettingName, { text, trust }: JudgedText): ListenerLines {
  const readings = itemsOf(setting, text).map((item) => readItem(setting, item, trust));
  const bad = readings.find((reading) => !reading.ok);
  if (bad) return { lines: [], problems: [`${setting} has no effect: ${bad.ok ? "" : bad.reason}`] };
  const lines = readings.flatMap((reading) => (reading.ok ? [{ ...reading.line, setting }] : []));
  return { lines: lines.toReversed(), problems: [] };
}

function probeLines(settings: Readonly<Record<string, string>>): readonly ListenerSettingLine[] {
  const text = probeLine(settings[probeUrl]);
  return text === undefined ? [] : [{ sets: checkKind, text, setting: probeUrl }];
}

/** The settings of a record that are a listener's, not read yet; undefined: it has none. */
export function listenerSettingsOf(
  settings: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  const own = [
    ...listenerSettingNames,
    ...networkSettingNames,
    ...limitSettingNames,
    ...certificateSettingNames,
  ].flatMap((name) => {
    const text = Object.hasOwn(settings, name) ? settings[name] : undefined;
    return text === undefined ? [] : [[name, text] as const];
  });
  const url = settings[probeUrl];
  const probe = url === undefined || probeLine(url) === undefined ? [] : [[probeUrl, url] as const];
  return own.length + probe.length === 0 ? undefined : Object.fromEntries([...own, ...probe]);
}

/** The items of a label's text; `\,` is a comma inside one. */
function itemsOf(name: ListenerSettingName, text: string): readonly string[] {
  if (!listenerSettings[name].isList) return text.trim() === "" ? [] : [text.trim()];
  const items = text.split(/(?<!\\),/).map((item) => item.replaceAll("\\,", ",").trim());
  return items.filter((item) => item !== "").slice(0, mostItems);
}

function acceptedText(name: ListenerSettingName, item: string, { text }: ListenerLine): string {
  return name in ownReaders ? item.toLowerCase() : text.slice(listenerSettings[name].before.length);
}

function readItem(name: ListenerSettingName, item: string, trust: LabelTrust): LineReading {
  const readOwn = ownReaders[name];
  if (readOwn) return readOwn(item);
  const text = wordsIn(listenerSettings[name].before + item);
  return readListenerLine(adapted.get(text)?.text ?? text, trust);
}

function readOwnWords(words: OwnWords, item: string): LineReading {
  const line = Object.hasOwn(words, item.toLowerCase()) ? words[item.toLowerCase()] : undefined;
  return line ? { ok: true, line } : { ok: false, reason: `it is not ${Object.keys(words).join(" or ")}` };
}

/** A text with one space between its words. */
function wordsIn(text: string): string {
  return text.replaceAll(/ +/g, " ").trim();
}

/** HAProxy refuses `stick on` without a table. */
function withoutTable(items: readonly string[]): boolean {
  return items.some(isStick) && !items.some((item) => item.startsWith("stick-table"));
}

function isStick(item: string): boolean {
  return item.startsWith("stick on");
}

function refuseTable(label: string, value: string): Rejection {
  return refuseLabel({
    code: "setting-not-valid",
    label,
    value,
    reason: "stick on has no effect: it wants a stick-table beside it",
  });
}

function refuseTooMany(name: ListenerSettingName, label: string, text: string): readonly Rejection[] {
  const count = listenerSettings[name].isList ? text.split(/(?<!\\),/).length : 1;
  if (count <= mostItems) return [];
  const reason = `${count} items are too many: the first ${mostItems} count`;
  return [refuseLabel({ code: "setting-not-valid", label, value: text, reason })];
}
