/** Rows of a table as lines, their cells below each other on a terminal, two spaces apart. */
export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((width, row) => Math.max(width, displayWidth(row[column] ?? "")), 0),
  );
  const padded = (cell: string, column: number) =>
    cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - displayWidth(cell)));
  return rows.map((row) => row.map(padded).join("  ").trimEnd());
}

/** How many columns of a terminal a text takes that has no control characters: a wide character two, an accent none. */
export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  return [...characters.segment(text)].reduce((width, { segment }) => width + (isWide.test(segment) ? 2 : 1), 0);
}

const characters = new Intl.Segmenter("en", { granularity: "grapheme" });

/** East Asian characters, their full-width forms and punctuation, and emoji; halfwidth Katakana and Hangul are narrow. */
const isWide =
  /^(?![\uff61-\uffdc])[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]|\ufe0f/u;
