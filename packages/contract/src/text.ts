import { longestName, longestSentence } from "./bounds.ts";

const longest = 200;

/** What acts on a terminal or ends a line: control and format characters, line separators and lone surrogates. */
export const actsOnTerminal = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const allActing = new RegExp(actsOnTerminal, "gu");

/**
 * A stranger's text made safe to show on one line of a log, a table or a record:
 * control characters, line separators and lone surrogates escaped, cut at 200 characters.
 */
export function shown(text: string): string {
  const cut = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  return replaceActing(cut, escapeChar);
}

/** A text with something else in place of each character that acts on a terminal. */
export function replaceActing(text: string, replace: (char: string) => string): string {
  return text.replace(allActing, replace);
}

/** A number of things: `1 endpoint`, `2 endpoints`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** A name as it stands in a record: a longer one is cut, for Docker bounds none. */
export function cutName(name: string): string {
  return name.length > longestName ? `${name.slice(0, longestName - 1)}…` : name;
}

/** A sentence as it stands in a record: a longer one is cut. */
export function cutSentence(text: string): string {
  return text.length > longestSentence ? `${text.slice(0, longestSentence - 1)}…` : text;
}

/** A character as {@link shown} writes one that acts on a terminal: `\n`, `\t`, `\u{1b}`. */
export function escapeChar(char: string): string {
  return char === "\n" ? "\\n" : char === "\t" ? "\\t" : `\\u{${char.codePointAt(0)?.toString(16) ?? ""}}`;
}

/** True for text with a line break or any other control character. */
export function hasControlCharacter(text: string): boolean {
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text);
}

/** The items of a comma list, each once, without spaces around them; empty ones are left out. */
export function splitItems(list = ""): readonly string[] {
  const items = list.split(",").map((item) => item.trim());
  return [...new Set(items.filter((item) => item !== ""))];
}
