/**
 * Words that may go to HAProxy's command line. What separates commands or words there, or quotes them (`;`, `\`,
 * `<`, `"`, `'`, `#`, blanks, everything outside ASCII), is never part of one.
 */
const word = /^[A-Za-z0-9_.:/@%+=,()[\]{}*~!?&$^|-]+$/;

/** True when a text can be sent as one word, so that it arrives as just that. */
export function isWord(text: string): boolean {
  return word.test(text);
}

/** Joins words to one command line. Throws on a text that is not a word: it could end as another command. */
export function commandLine(...words: readonly string[]): string {
  for (const each of words)
    if (!isWord(each)) throw new Error(`not a word of a runtime command: ${JSON.stringify(each)}`);
  if (words.length === 0) throw new Error("a runtime command needs a word");
  return words.join(" ");
}

/** `<listener>/<server>`, as commands name a server. */
export function serverPath(listener: number, name: string): string {
  return `${sectionName(listener)}/${name}`;
}

/** Name of a listener's section, as haproxy.cfg and HAProxy's answers give it. */
export function sectionName(listener: number): string {
  return `port_${listener}`;
}

/** The listener's port that a section's name tells; undefined: not one of ours. */
export function portOfSection(name: string): number | undefined {
  const digits = /^port_([1-9][0-9]{0,4})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
