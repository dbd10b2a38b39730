/** What is to be measured. */
export type Selection = {
  /** Numbers of measurements; empty: all. */
  readonly numbers: readonly number[];
  /** Small sizes and few repetitions: shows that everything runs, its figures mean little. */
  readonly isQuick: boolean;
  /** Of measurements whose rows have names only those with this text in theirs; absent: all. */
  readonly only?: string;
};

/** A selection, or the words that are none with what is allowed. */
export type ReadSelection =
  { readonly ok: true; readonly selection: Selection } | { readonly ok: false; readonly reason: string };

/** Reads `1 3 --quick`, `8 --only flap`. */
export function readCommandLine(words: readonly string[], known: readonly number[]): ReadSelection {
  const at = words.indexOf("--only");
  const only = at < 0 ? undefined : words[at + 1];
  const rest = words.filter((word, each) => word !== "--quick" && (at < 0 || (each !== at && each !== at + 1)));
  const odd = at >= 0 && only === undefined ? "--only" : rest.find((word) => !known.includes(Number(word)));
  if (odd !== undefined) {
    const usage = `npm run bench -- [${known.join("] [")}] [--only <part of a row's name>] [--quick]`;
    return { ok: false, reason: `"${odd}" is no measurement: ${usage}` };
  }
  const selection = { numbers: rest.map(Number), isQuick: words.includes("--quick") };
  return { ok: true, selection: { ...selection, ...(only !== undefined && { only }) } };
}
