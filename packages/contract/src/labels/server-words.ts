/**
 * HAProxy's words that a label may put behind a server's address. Labels are a stranger's text: what is not in this
 * table is refused, so no path, quote, variable, comment or second line gets through.
 */

/** What follows a keyword: nothing, one of some words, a whole number, or a time. */
export type Argument =
  | { readonly is: "none" }
  | { readonly is: "one-of"; readonly words: readonly string[] }
  | { readonly is: "number" | "time"; readonly least: number; readonly most: number };

const none: Argument = { is: "none" };
/** Checks come from every proxy: more often than this a stranger's server would cost them all. */
const interval: Argument = { is: "time", least: 100, most: 24 * 3600 * 1000 };
const count: Argument = { is: "number", least: 1, most: 1000 };
const connections: Argument = { is: "number", least: 1, most: 1_000_000 };
export const oneOf = (...words: readonly string[]): Argument => ({ is: "one-of", words });

const keywords: ReadonlyMap<string, Argument> = new Map([
  ["backup", none],
  ["check", none],
  ["check-send-proxy", none],
  ["downinter", interval],
  ["error-limit", count],
  ["fall", count],
  ["fastinter", interval],
  ["inter", interval],
  ["maxconn", connections],
  ["maxqueue", connections],
  ["minconn", connections],
  ["observe", oneOf("layer4")],
  ["on-error", oneOf("fastinter", "fail-check", "sudden-death", "mark-down")],
  ["on-marked-down", oneOf("shutdown-sessions")],
  ["on-marked-up", oneOf("shutdown-backup-sessions")],
  ["port", { is: "number", least: 1, most: 65535 }],
  ["rise", count],
  ["send-proxy", none],
  ["send-proxy-v2", none],
  ["weight", { is: "number", least: 1, most: 256 }],
]);

const mostWords = 64;

/** How much of HAProxy's language labels may use: the tables here, or all that is one line. */
export type LabelTrust = "listed" | "all";

/** The text of a setting, and what it may use. */
export type JudgedText = { readonly text: string; readonly trust: LabelTrust };

/** Words for a server's line, or why the text is none. The reason repeats nothing of the text: it may hold a secret. */
export type ServerWords =
  { readonly ok: true; readonly words: readonly string[] } | { readonly ok: false; readonly reason: string };

/** Reads the text of HEALTH_CHECK or EXTRA_ROUTE_SETTINGS. Words are separated by spaces. */
export function readServerWords(text: string, trust: LabelTrust = "listed"): ServerWords {
  if (/[^\x20-\x7e]/.test(text)) return refuse("it has a control character or one outside ASCII");
  const words = text.split(" ").filter((word) => word !== "");
  if (words.length > mostWords) return refuse(`it has ${words.length} words: at most ${mostWords}`);
  if (trust === "all") return { ok: true, words };
  for (let at = 0; at < words.length;) {
    const argument = keywords.get(words[at] ?? "");
    if (!argument) return refuse(`word ${at + 1} is not one of ${[...keywords.keys()].join(", ")}`);
    if (!fits(argument, words[at + 1])) return refuse(`word ${at + 1}, ${words[at]}, wants ${argumentText(argument)}`);
    at += argument.is === "none" ? 1 : 2;
  }
  if (words.includes("observe") && !words.includes("check")) return refuse("observe wants check beside it");
  return { ok: true, words };
}

function refuse(reason: string): ServerWords {
  return { ok: false, reason };
}

const msOf: Readonly<Record<string, number>> = { "": 1, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Whether a word is what an argument wants. */
export function fits(argument: Argument, word = ""): boolean {
  if (argument.is === "none") return true;
  if (argument.is === "one-of") return argument.words.includes(word);
  const [, digits = "", unit = ""] = /^([1-9][0-9]{0,8})(ms|s|m|h|d)?$/.exec(word) ?? [];
  if (digits === "" || (argument.is === "number" && unit !== "")) return false;
  const value = Number(digits) * (msOf[unit] ?? 1);
  return value >= argument.least && value <= argument.most;
}

/** What an argument wants, as a sentence ends. */
export function argumentText(argument: Argument): string {
  if (argument.is === "none") return "nothing";
  if (argument.is === "one-of") return argument.words.join(" or ");
  const range = `from ${argument.least} to ${argument.most}`;
  return argument.is === "number" ? `a whole number ${range}` : `a time ${range} ms, with the unit ms, s, m, h or d`;
}
