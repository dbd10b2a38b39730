/** More than this are not looked for at once: each takes some checks of the whole file. */
const mostCulprits = 10;

/**
 * The items without which the others are accepted, found by halving: some checks for each, however many items there are.
 * Nothing alone must be accepted.
 */
export async function findCulprits(
  items: readonly string[],
  accepts: (items: readonly string[]) => Promise<boolean>,
): Promise<readonly string[]> {
  const culprits: string[] = [];
  let rest = items;
  while (culprits.length < mostCulprits && rest.length > 0 && !(await accepts(rest))) {
    let [accepted, refused] = [0, rest.length];
    while (refused - accepted > 1) {
      const middle = (accepted + refused) >> 1;
      if (await accepts(rest.slice(0, middle))) accepted = middle;
      else refused = middle;
    }
    const culprit = rest[accepted] ?? "";
    culprits.push(culprit);
    rest = rest.filter((item) => item !== culprit);
  }
  return culprits;
}
