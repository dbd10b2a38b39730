import { longestName } from "./bounds.ts";

const longest = 200;

/**
 * A stranger's text made safe to show on one line of a log, a table or a record:
 * control characters, line separators and lone surrogates escaped, cut at 200 characters.
 */
export function shown(text: string): string {
  const cut = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  return cut.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escapeChar);
}

/** A name as it stands in a record: a longer one is cut, for Docker bounds none. */
export function cutName(name: string): string {
  return name.length > longestName ? `${name.slice(0, longestName - 1)}…` : name;
}

/** Rows of a table as lines, their cells below each other, two spaces apart. */
export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0),
  );
  const lineOf = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  return rows.map((row) => lineOf(row).trimEnd());
}

function escapeChar(char: string): string {
  return char === "\n" ? "\\n" : char === "\t" ? "\\t" : `\\u{${char.codePointAt(0)?.toString(16) ?? ""}}`;
}

/** True for text with a line break or any other control character. */
export function hasControlCharacter(text: string): boolean {
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text);
}
