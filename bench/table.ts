/** A short table: a head and rows of as many cells. */
export type Table = { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** The lines of a table as Markdown writes it, its columns aligned: words to the left, numbers to the right. */
export function tableLines({ head, rows }: Table): readonly string[] {
  const columns = head.map((name, at) => columnOf([name, ...rows.map((row) => row[at] ?? "")]));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => columns[at]?.pad(cell)).join(" | ")} |`;
  const rule = `|${columns.map(({ width, isNumeric }) => `${"-".repeat(width + 1)}${isNumeric ? ":" : "-"}`).join("|")}|`;
  return [line(head), rule, ...rows.map(line)];
}

function columnOf(cells: readonly string[]) {
  const width = Math.max(...cells.map((cell) => cell.length));
  const isNumeric = cells
    .slice(1)
    .every((cell) => /^[-–<≤≥±]?[\d,.]*( ?[a-zA-Z×%µ/]*)?$/.test(cell) && /^\S?\d|^–?$/.test(cell));
  const pad = (cell: string) => (isNumeric ? cell.padStart(width) : cell.padEnd(width));
  return { width, isNumeric, pad };
}
