import type { ConfigProblem, Rendered } from "@fairway/haproxy";

/** HAProxy's words that announce a secret: nothing that stands behind one on its line is repeated. */
const announcing = /^(.*password|auth|.*env|set-var.*|key|secret|token)$/i;

/** Keywords, small numbers and times: what HAProxy mostly complains of, and what tells nothing. */
const harmless = /^([a-z][a-z.-]*|\d{1,6}(us|ms|s|m|h|d)?)$/;

/** Fewer characters are no secret, and stand in any sentence by chance. */
const leastHidden = 4;

const repeats = "HAProxy refuses it; its words are left out, since they repeat the text";

/**
 * What HAProxy has against a configuration, in its words, less the words of the operator's that may be secrets:
 * they stand as `…`, since this goes into logs, `/status` and the registry.
 */
export function hideSecrets(problem: ConfigProblem, { text, origins }: Rendered): ConfigProblem {
  const { line, message } = problem;
  if (line === undefined || (origins.get(line)?.settings.length ?? 0) === 0) return problem;
  const hidden = hiddenWords(text.split("\n", line)[line - 1] ?? "");
  const shown = hidden.reduce((told, word) => told.replaceAll(word, "…"), message);
  return { line, message: hidden.some((word) => sharesRun(shown, word)) ? repeats : shown };
}

/** The words of a line that may be secrets, the longest first. Name and address of a server or bind line are ours. */
function hiddenWords(line: string): readonly string[] {
  const words = line.trim().split(/\s+/);
  const own = words[0] === "server" ? 3 : words[0] === "bind" ? 2 : 0;
  const announced = words.findIndex((word) => announcing.test(word));
  const hidden = words.slice(own).filter((word, at) => {
    return !harmless.test(word) || (announced >= 0 && at + own > announced);
  });
  const bare = hidden.flatMap((word) => [word, word.replaceAll(/["'\\]/g, "")]);
  return bare.filter((word) => word.length >= leastHidden).sort((a, b) => b.length - a.length);
}

const run = 8;

/** Whether a piece of the word, as HAProxy may have cut it, still stands in the message. */
function sharesRun(message: string, word: string): boolean {
  for (let at = 0; at + run <= word.length; at += 1) if (message.includes(word.slice(at, at + run))) return true;
  return false;
}

/** HAProxy's words for a file that it cannot read, or that is not there. */
const cannotRead = /no such file|unable to (stat|load|open)|(could(n't| not)|cannot|failed to|error) open/i;

/** The file that a complaint of HAProxy says it cannot read; undefined: it is about something else. */
export function missingPath(message: string): string | undefined {
  if (!cannotRead.test(message)) return undefined;
  return /(?<=^|[\s'"<])\/[^\s'"<>]*[^\s'"<>.,:;)]/.exec(message)?.[0];
}
