import type { HealthCheck } from "./check.ts";
import { argumentText, fits, type LabelTrust, oneOf, type Argument } from "./server-words.ts";

/**
 * Lines of HAProxy's that a label may put into the section of its listener. Labels are a stranger's text: what is not in
 * this table is refused, so no path, quote, variable, comment or second line gets through.
 */

/** Which servers are near a proxy: those of its node, or of its node's zone. */
export type Locality = "node" | "zone";

/** One line of a listener's section. */
export type ListenerLine = {
  /** What it sets: of two lines that set the same HAProxy heeds one. */
  readonly sets: string;
  readonly text: string;
  /** What LOCALITY asks for with it. */
  readonly locality?: Locality;
  /** The check that CHECK asks for with it, whose other lines follow. */
  readonly check?: HealthCheck;
};

/** A line, or why a text is none. The reason repeats nothing of the text: it may hold a secret. */
export type LineReading =
  { readonly ok: true; readonly line: ListenerLine } | { readonly ok: false; readonly reason: string };

/** What follows the keywords of a line: beside what follows those of a server a name, as of a user. */
type Part = Argument | { readonly is: "name" };

type Rule = {
  /** What it sets, unless that is what its keywords say. */
  readonly sets?: string;
  /** Each way to go on after the keywords. */
  readonly forms: readonly (readonly Part[])[];
};

const name: Part = { is: "name" };
const duration: Part = { is: "time", least: 1, most: 24 * 86_400_000 };
const count = (most: number): Part => ({ is: "number", least: 1, most });
const alone: Rule = { forms: [[]] };
/** What each option sets that is a kind of health check: a listener has one. */
export const checkKind = "option check";
const check = (...forms: Rule["forms"]): Rule => ({ sets: checkKind, forms });

const timeouts = ["check", "client", "client-fin", "connect", "queue", "server", "server-fin", "tunnel"];
/** Connections to servers that go on being there, and what the log says of them. */
const flags = [
  "abortonclose",
  "allbackups",
  "clitcpka",
  "dontlog-normal",
  "dontlognull",
  "independent-streams",
  "log-separate-errors",
  "logasap",
  "nolinger",
  "socket-stats",
  "srvtcpka",
  "tcp-smart-accept",
  "tcp-smart-connect",
  "tcpka",
  "tcplog",
];

/** Servers come and go at run time with these ways to choose one, and with no others. */
const balances = ["roundrobin", "leastconn", "source", "first", "random", "random(1)", "random(2)", "random(3)"];

const rules: ReadonlyMap<string, Rule> = new Map([
  ["balance", { forms: [[oneOf(...balances)]] }],
  ...timeouts.map((each): [string, Rule] => [`timeout ${each}`, { forms: [[duration]] }]),
  ...flags.map((each): [string, Rule] => [`option ${each}`, alone]),
  ["option redispatch", { forms: [[], [count(100)]] }],
  ["option tcp-check", check([])],
  ["option redis-check", check([])],
  ["option ldap-check", check([])],
  ["option ssl-hello-chk", check([])],
  ["option smtpchk", check([], [oneOf("HELO", "EHLO"), name])],
  ["option mysql-check", check([], [oneOf("user"), name], [oneOf("user"), name, oneOf("post-41", "pre-41")])],
  ["option pgsql-check", check([oneOf("user"), name])],
  ["maxconn", { forms: [[count(1_000_000)]] }],
  ["fullconn", { forms: [[count(1_000_000)]] }],
  ["backlog", { forms: [[count(65_535)]] }],
  ["retries", { forms: [[count(50)]] }],
  ["rate-limit sessions", { forms: [[count(1_000_000)]] }],
  ["hash-type", { forms: [[oneOf("consistent")]] }],
  ["stick on", { forms: [[oneOf("src")]] }],
  [
    "stick-table",
    { forms: [[oneOf("type"), oneOf("ip", "ipv6"), oneOf("size"), count(200_000), oneOf("expire"), duration]] },
  ],
]);

const mostWords = 16;
const mostTrustedWords = 64;

/** Reads one line. Words are separated by spaces. */
export function readListenerLine(text: string, trust: LabelTrust = "listed"): LineReading {
  const listed = readListedLine(text);
  return listed.ok || trust === "listed" ? listed : (readTrustedLine(text) ?? listed);
}

/** What no label may begin a line with: other sections, other ports, servers of its own. */
const keptWords = new Set(
  (
    "global defaults listen frontend backend peers resolvers mailers userlist program cache http-errors ring log-forward " +
    "log-profile fcgi-app crt-store traces acme namespace_list bind server server-template default-server mode id guid"
  ).split(" "),
);

/** Any line that stays one of its listener's; undefined: it does not. */
function readTrustedLine(text: string): LineReading | undefined {
  const words = text.split(" ").filter((word) => word !== "");
  const [first = "", second = ""] = words;
  if (/[^\x20-\x7e]/.test(text) || words.length > mostTrustedWords) return undefined;
  if (!/^[a-z][a-z0-9_-]*$/.test(first)) return undefined;
  if (keptWords.has(first)) return refuse(`no label may begin a line with ${first}`);
  return { ok: true, line: { sets: setBy(first, second) ?? words.join(" "), text: words.join(" ") } };
}

/** What a line sets by its first words, where another one sets the same; undefined: such lines stand beside each other. */
function setBy(first: string, second: string): string | undefined {
  if (first === "option" && /(-check|chk)$/.test(second)) return checkKind;
  if (first === "option" || first === "timeout") return `${first} ${second}`;
  return first === "balance" || first === "hash-type" || first === "stick-table" ? first : undefined;
}

function readListedLine(text: string): LineReading {
  if (/[^\x20-\x7e]/.test(text)) return refuse("it has a control character or one outside ASCII");
  const words = text.split(" ").filter((word) => word !== "");
  if (words.length > mostWords) return refuse(`it has ${words.length} words: at most ${mostWords}`);
  const keywords = [2, 1].map((length) => words.slice(0, length).join(" ")).find((each) => rules.has(each));
  const rule = rules.get(keywords ?? "");
  if (keywords === undefined || rule === undefined) return refuse(notKnown(words[0] ?? ""));
  const rest = words.slice(keywords.split(" ").length);
  if (!rule.forms.some((form) => isForm(form, rest))) return refuse(`${keywords} wants ${formsText(rule)}`);
  return { ok: true, line: { sets: rule.sets ?? keywords, text: words.join(" ") } };
}

function refuse(reason: string): LineReading {
  return { ok: false, reason };
}

function isForm(form: readonly Part[], words: readonly string[]): boolean {
  return form.length === words.length && form.every((part, at) => isPart(part, words[at] ?? ""));
}

function isPart(part: Part, word: string): boolean {
  return part.is === "name" ? /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(word) : fits(part, word);
}

/** What the first word may be, or the second where the first is known. */
function notKnown(first: string): string {
  const seconds = [...rules.keys()].filter((each) => each.startsWith(`${first} `));
  if (seconds.length === 0) {
    const firsts = new Set([...rules.keys()].map((each) => each.split(" ")[0]));
    return `it does not begin with one of ${[...firsts].join(", ")}`;
  }
  return `what follows ${first} is not one of ${seconds.map((each) => each.split(" ")[1]).join(", ")}`;
}

function formsText({ forms }: Rule): string {
  return forms.map((form) => form.map(partText).join(", then ") || "nothing").join("; or ");
}

function partText(part: Part): string {
  return part.is === "name" ? "a name of letters, digits, `_`, `.` and `-`" : argumentText(part);
}
