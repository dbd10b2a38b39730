import { alignColumns, shown } from "@fairway/contract";

/** Where something stands in a template. */
export type Position = {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
};

/** Something that is to be said of a template. */
export type Remark = {
  readonly at: Position;
  /** `problem`: nothing is converted before it is mended. */
  readonly kind: "problem" | "note";
  /** One sentence; strangers' text in it is escaped. */
  readonly text: string;
};

/** Remarks as lines, in the order of the file, each once. */
export function remarkLines(file: string, remarks: readonly Remark[]): readonly string[] {
  const sorted = remarks.toSorted(({ at: a }, { at: b }) => a.line - b.line || a.column - b.column);
  const rows = sorted.map(({ at, text }) => [`${shown(file)}:${at.line}:${at.column}`, text]);
  return [...new Set(alignColumns(rows))];
}
