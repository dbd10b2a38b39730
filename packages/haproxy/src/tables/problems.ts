/** One complaint of HAProxy about a configuration. */
export type ConfigProblem = {
  /** Line of the file, from 1; undefined: HAProxy names none. */
  readonly line: number | undefined;
  /** In HAProxy's words, on one line. */
  readonly message: string;
};

/** What follows from other complaints and tells nothing of its own. */
const summary = /^(config : )?(Error\(s\) found in configuration file|Fatal errors found in configuration)/;
const alert = /^\[ALERT\]\s*(?:\S+\s*)?\(\d+\) : (.*)$/;

/**
 * Reads the alerts out of what `haproxy -c`, or a start, wrote. `file` is the path that HAProxy was given: lines of
 * other files (certificates, maps) are not lines of the configuration.
 */
export function parseProblems(output: string, file: string): readonly ConfigProblem[] {
  return output
    .split("\n")
    .flatMap((line) => alert.exec(line)?.[1] ?? [])
    .filter((message) => !summary.test(message))
    .map((message) => problemOf(message, file));
}

function problemOf(message: string, file: string): ConfigProblem {
  const start = message.indexOf(`[${file}:`);
  const line = start < 0 ? undefined : /^\d+/.exec(message.slice(start + file.length + 2))?.[0];
  return { line: line === undefined ? undefined : Number(line), message: message.replace(/^config : /, "").trim() };
}

/** The addresses that HAProxy could not bind, as its complaints name them (`0.0.0.0:6379`). */
export function addressesInUse(problems: readonly ConfigProblem[]): readonly string[] {
  return problems.flatMap(
    ({ message }) => /cannot bind socket.* for \[([^\]]*(?:\][^\]]*)?)\]$/.exec(message)?.[1] ?? [],
  );
}
