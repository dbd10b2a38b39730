import type { Measurement } from "./measurement.ts";

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

/** What a command line can name of a measurement. */
export type Measurable = Pick<Measurement, "number" | "rows">;

/** Reads `1 3 --quick`, `8 --only flap`. */
export function readCommandLine(words: readonly string[], known: readonly Measurable[]): ReadSelection {
  const at = words.indexOf("--only");
  const only = at < 0 ? undefined : (words[at + 1] ?? "");
  const rest = words.filter((word, each) => word !== "--quick" && (at < 0 || (each !== at && each !== at + 1)));
  const usage = `npm run bench -- [${known.map(({ number }) => number).join("] [")}] [--only <part of a row's name>] [--quick]`;
  const odd = rest.find((word) => !known.some(({ number }) => String(number) === word));
  if (odd !== undefined) return { ok: false, reason: `"${odd}" is no measurement: ${usage}` };
  const numbers = rest.map(Number);
  const chosen = known.filter(({ number }) => numbers.length === 0 || numbers.includes(number));
  const reason = only === undefined ? undefined : whyNoRow(only, chosen);
  if (reason !== undefined) return { ok: false, reason: `${reason}: ${usage}` };
  const selection = { numbers, isQuick: words.includes("--quick") };
  return { ok: true, selection: { ...selection, ...(only !== undefined && { only }) } };
}

/** Why rows of these measurements cannot be chosen by this part of their names; absent: they can. */
function whyNoRow(only: string, chosen: readonly Measurable[]): string | undefined {
  if (only === "" || only.startsWith("--")) return "--only needs a part of a row's name";
  const nameless = chosen.filter(({ rows }) => rows === undefined).map(({ number }) => number);
  if (nameless.length > 0)
    return `--only chooses rows by name, and there are none with names in ${nameless.join(", ")}`;
  const isThere = chosen.some(({ rows = [] }) => rows.some((name) => name.includes(only)));
  return isThere ? undefined : `no row of ${chosen.map(({ number }) => number).join(", ")} has "${only}" in its name`;
}
