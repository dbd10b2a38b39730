import { frontOf, type FrontParts } from "@fairway/contract";
import type { Line, Listener, ListenerList, SourceLimit } from "./configuration.ts";
import { ownLine, quotedWord } from "./lines.ts";
import { sectionName } from "./names.ts";
import { isFullOfWaiting } from "./waiting.ts";

/** In this order: what is refused by one is not judged by the next. All of them see the address that a PROXY header tells. */
const order = ["accept-proxy", "deny", "allow", "rate", "connections"] as const;

/** True for a list that bounds what one source has. */
export function isLimit(list: ListenerList): list is SourceLimit {
  return list.kind === "rate" || list.kind === "connections";
}

/** True for a list by which somebody is refused. */
function isRefusing({ kind }: ListenerList): boolean {
  return kind !== "accept-proxy";
}

/** What stands in the file of a list, line by line. */
export function listEntries(list: ListenerList): readonly string[] {
  return isLimit(list) ? [`most ${list.most}`] : list.networks;
}

/** A list in one line, for people. */
export function listText(list: ListenerList): string {
  if (!isLimit(list)) return `${list.kind} ${list.networks.join(", ")}`;
  return `${list.kind} ${list.most}${list.per === undefined ? "" : ` in ${list.per}`} per source`;
}

/** A source: an IPv4 address, or the network that one customer has of IPv6. */
const source = "src,ipmask(32,64)";
export const isRefused = "{ var(sess.refused) -m found }";

/**
 * The local peer: a reload's new worker has from it what the one before counted. 3.0's worker always tells it. 2.6's tells it
 * once it has ended its own asking: when it was told itself, else, with nobody there to tell it, 5 s after HAProxy's start, 10 s
 * after the reload that the first such table came with. (seen on 2.6.12 and 3.0.11)
 */
export const peerName = "fairway";

/**
 * Tables of what is refused: by listener, reason and worker, and by the source of late. HAProxy tells of it nowhere else.
 * A worker that stops empties the tables of its backends at once, but not those of peers.
 */
export const refusedTables = { counts: `${peerName}/refused`, sources: "fairway_refused_sources" } as const;

/**
 * Each span is counted in a row of its own, which is not used after it and expires as long after its last use: none that
 * has expired returns, and those of ended workers, which the next ones have, go.
 */
const refusedSpanS = 300;

/** Longer than a port, a name on it (253 characters), a reason, and a worker or a source. */
const longestRow = 352;

/** How a listener judges who connects. */
export type AdmissionOptions = {
  /** Where its lists stand. */
  readonly fileOf: (kind: ListenerList["kind"]) => string;
  /** Whatever else stands on its `bind` lines: a template's text. */
  readonly template: string;
};

/**
 * The lines by which a listener judges who connects, by lists that stand in files: before a TLS handshake, but after a
 * header that tells the address. A source is looked up before it is counted: what is refused does not count, or who
 * asks too often would be let in no more.
 */
export function admissionLines(listener: Judged, options: AdmissionOptions): readonly Line[] {
  const { mostWaiting } = listener.settings;
  const waiting = mostWaiting === undefined ? [] : waitingTexts(listener, mostWaiting);
  const rule = listener.name === undefined ? "connection" : "content";
  return [
    ...waiting.map((text) => ownLine(`tcp-request ${rule} ${text}`)),
    ...(listener.name === undefined
      ? listLines(listener, options)
      : judgingLines(listener, { rule: "content", who: "", fileOf: options.fileOf })),
  ];
}

/** A listener that judges, or a name on a port: only who asks for it is judged by its lists. */
type Judged = Pick<Listener, "port" | "name" | "settings">;

function listLines({ port, settings }: Judged, { fileOf, template }: AdmissionOptions): readonly Line[] {
  const { lists = [], bind } = settings;
  if (lists.length === 0) return [];
  const isToldToAll = [...bind, template].some(awaitsHeader);
  const told = lists.find((list) => !isRefusing(list));
  const judgeAt = (rule: Judgement["rule"], who: string) => judgingLines({ port, settings }, { rule, who, fileOf });
  if (told === undefined) return judgeAt(isToldToAll ? "session" : "connection", "");
  const condition = `if { src -f ${quotedWord(fileOf(told.kind))} }`;
  const expected = { text: `tcp-request connection expect-proxy layer4 ${condition}`, from: told.from };
  if (isToldToAll) return [expected, ...judgeAt("session", "")];
  const marked = { text: `tcp-request connection ${setTold} ${condition}`, from: told.from };
  const judging = [...judgeAt("connection", `!${isTold} `), ...judgeAt("session", `${isTold} `)];
  return [expected, ...(judging.length === 0 ? [] : [marked]), ...judging];
}

/** Who is told by a header is judged behind that, everybody else before a TLS handshake. */
const setTold = "set-var(sess.told) bool(true)";
const isTold = "{ var(sess.told) -m found }";

type Judgement = {
  /** When: `session` is behind a PROXY header, and behind a TLS handshake; `content` once its name is known. */
  readonly rule: "connection" | "session" | "content";
  /** A condition on whom, with a space behind it; empty: everybody. */
  readonly who: string;
  readonly fileOf: AdmissionOptions["fileOf"];
};

function judgingLines(
  { port, name, settings: { lists = [] } }: Judged,
  { rule, who, fileOf }: Judgement,
): readonly Line[] {
  const sorted = order.flatMap((kind) => lists.filter((list) => list.kind === kind && isRefusing(list)));
  const judging = sorted.flatMap((list) => {
    const texts = judgeTexts({ port, name, who }, list, quotedWord(fileOf(list.kind)));
    return texts.map((text) => ({ text: `tcp-request ${rule} ${text}`, from: list.from }));
  });
  const tracked = `track-sc0 ${source} table ${sourcesTable({ port, name })} if ${who}!${isRefused}`;
  const own = [...(sorted.some(isLimit) ? [tracked] : []), ...(sorted.length > 0 ? refusalTexts : [])];
  return [...judging, ...own.map((text) => ownLine(`tcp-request ${rule} ${text}`))];
}

/** Whether text for `bind` lines has HAProxy wait for a header that tells the client's address. */
function awaitsHeader(text: string): boolean {
  return /accept-proxy|accept-netscaler-cip|expect-proxy|expect-netscaler-cip/.test(text);
}

/** What follows where a reason may have been set: it is counted, and the connection refused. */
export const refusalTexts: readonly string[] = [
  `set-var(sess.source) src if ${isRefused}`,
  `set-var(sess.span) date,div(${refusedSpanS}) if ${isRefused}`,
  `track-sc1 var(sess.refused),concat(.,proc.worker),concat(-,sess.span) table ${refusedTables.counts} if ${isRefused}`,
  `track-sc2 var(sess.refused),concat(/,sess.source) table ${refusedTables.sources} if ${isRefused}`,
  `sc-inc-gpc0(1) if ${isRefused}`,
  `sc-inc-gpc0(2) if ${isRefused}`,
  `reject if ${isRefused}`,
];

/** Under what it is counted that a listener refused a connection, or a name on a port; as `parseRefused` reads it. */
export function refusedAs({ port, name }: FrontParts, reason: string): string {
  return `str(${port}${name === undefined ? "" : `:${name}`}.${reason})`;
}

function judgeTexts(
  { port, name, who }: FrontParts & { readonly who: string },
  list: ListenerList,
  file: string,
): readonly string[] {
  const refuse = (condition: string) =>
    `set-var(sess.refused) ${refusedAs({ port, name }, list.kind)} if ${who}!${isRefused} ${condition}`;
  if (!isLimit(list)) return [refuse(`${list.kind === "allow" ? "!" : ""}{ src -f ${file} }`)];
  const has = `${source},table_${list.kind === "rate" ? "conn_rate" : "conn_cur"}(${sourcesTable({ port, name })})`;
  return [`set-var(sess.most) str(most),map_str_int(${file},0)`, refuse(`{ ${has},sub(sess.most) ge 0 }`)];
}

/** Refuses connections beyond those that may wait while no server is up. */
function waitingTexts({ port, name }: Judged, most: number): readonly string[] {
  const count = name === undefined ? "fe_conn" : "be_conn";
  const isFull = isFullOfWaiting(sectionName(frontOf({ port, name })), count, most);
  return [`set-var(sess.refused) ${refusedAs({ port, name }, "waiting")} if ${isFull}`, ...refusalTexts];
}

/** True for a listener that refuses connections, which are counted then. */
export function refuses({ names, settings: { lists = [], mostWaiting } }: RefusingListener): boolean {
  return names !== undefined || mostWaiting !== undefined || lists.some(isRefusing);
}

type RefusingListener = Pick<Listener, "names" | "settings">;

/**
 * The sections that count what is refused and what sources have of listeners, and the one by which the latter outlives
 * a reload: what a worker counted it tells the next one over a socket. Connections that are open then stay its own.
 */
export function tableLines(listeners: readonly Listener[], peersSocket: string): readonly Line[] {
  if (!listeners.some((each) => refuses(each) || hasTableOfPeer(each))) return [];
  const bySource = listeners.flatMap(({ port, name, settings }) => {
    const limits = (settings.lists ?? []).filter(isLimit);
    return limits.length === 0 ? [] : tableTexts(sourcesTable({ port, name }), tableWords(limits));
  });
  return [
    // Each worker counts under a name of its own: what it is told of another one's takes the place of nothing.
    "global",
    "    set-var proc.worker date(0,us)",
    `peers ${peerName}`,
    `    peer ${peerName} unix@${quotedWord(peersSocket)}`,
    `    table refused type string len ${longestRow} size 100k expire ${refusedSpanS}s store gpc0`,
    ...tableTexts(refusedTables.sources, `type string len ${longestRow} size 1k expire 1m store gpc0`),
    ...bySource,
  ].map(ownLine);
}

/** A stick table in a listener's own section that outlives a reload. */
function hasTableOfPeer({ settings: { lines = [] } }: Listener): boolean {
  return lines.some(({ text }) => text.startsWith("stick-table ") && text.endsWith(` peers ${peerName}`));
}

function tableTexts(name: string, words: string): readonly string[] {
  return [`backend ${name}`, `    stick-table ${words}`];
}

function tableWords(limits: readonly SourceLimit[]): string {
  const per = limits.find(({ kind }) => kind === "rate")?.per;
  const stored = [...(per === undefined ? [] : [`conn_rate(${per})`]), "conn_cur"].join(",");
  // A rate looks back on the time before the present one too.
  return `type ipv6 size 100k expire ${per === "1m" ? "2m" : "2s"} store ${stored} peers ${peerName}`;
}

function sourcesTable(listener: FrontParts): string {
  return `${sectionName(frontOf(listener))}${listener.name === undefined ? "." : ":"}sources`;
}
