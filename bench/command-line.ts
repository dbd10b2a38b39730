/** What is to be measured. */
export type Selection = {
  /** Numbers of measurements; empty: all. */
  readonly numbers: readonly number[];
  /** Small sizes and few repetitions: shows that everything runs, its figures mean little. */
  readonly isQuick: boolean;
};

/** A selection, or the words that are none with what is allowed. */
export type ReadSelection =
  { readonly ok: true; readonly selection: Selection } | { readonly ok: false; readonly reason: string };

/** Reads `1 3 --quick`. */
export function readCommandLine(words: readonly string[], known: readonly number[]): ReadSelection {
  const rest = words.filter((word) => word !== "--quick");
  const odd = rest.find((word) => !known.includes(Number(word)));
  if (odd !== undefined) {
    return { ok: false, reason: `"${odd}" is no measurement: npm run bench -- [${known.join("] [")}] [--quick]` };
  }
  return { ok: true, selection: { numbers: rest.map(Number), isQuick: words.includes("--quick") } };
}
