/** The most connections at a time that a server's own options give it; 0: no bound. The last one counts. */
export function ownMaxconn(options: readonly string[]): number {
  const at = options.lastIndexOf("maxconn");
  return at < 0 ? 0 : Number(options[at + 1] ?? 0);
}

const number = /^[0-9]+$/;

/** The options that HAProxy changes in no running server: without weights, and of a `maxconn` only that there is one. */
export function lastingOptions(options: readonly string[]): readonly string[] {
  return options.filter((word, at) => {
    const [next = "", before] = [options[at + 1], options[at - 1]];
    if (word === "weight") return !number.test(next);
    return !number.test(word) || (before !== "weight" && before !== "maxconn");
  });
}

/** The weight that a server's own options give it; HAProxy's default is 1. The last one counts. */
export function ownWeight(options: readonly string[]): number {
  const at = options.lastIndexOf("weight");
  const weight = at < 0 ? 1 : Number(options[at + 1]);
  return Number.isInteger(weight) ? weight : 1;
}
