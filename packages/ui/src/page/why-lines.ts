/** How a line of `why` is shown, in characters. */
export type WhyLine = {
  readonly text: string;
  /** Where what does not fit into the line goes on: below its text, or below its second column. */
  readonly indent: number;
  /** It says what is not done. */
  readonly isBad: boolean;
};

/** A second column further to the right is not worth its room. */
const mostIndent = 16;

/** Lines of `why`, for a narrow place. */
export function whyLines(lines: readonly string[]): readonly WhyLine[] {
  return lines.map((text) => {
    const [, margin = "", column = ""] = /^( *)((?:\S+ {2,})?)/.exec(text) ?? [];
    const indent = margin.length + column.length;
    const isBad = /^ +(?:refused|\S.*? {2,}no:) /.test(text);
    return { text, indent: indent > mostIndent ? margin.length + 2 : indent, isBad };
  });
}
