/**
 * The name that a misspelt one most likely stands for; undefined when none is near. Case, `_` or `-` and a plural do
 * not count; of the letters one in four may be wrong, missing, too many or swapped with the next.
 */
export function findNearMiss(name: string, names: readonly string[]): string | undefined {
  const letters = lettersOf(name);
  const most = Math.max(1, Math.floor(letters.length / 4));
  const near = names
    // Names are strangers' text: a long one is never compared letter by letter.
    .filter((each) => Math.abs(lettersOf(each).length - letters.length) <= most)
    .map((each) => ({ each, distance: editDistance(letters, lettersOf(each)) }))
    .filter(({ distance }) => distance <= most);
  return near.sort((a, b) => a.distance - b.distance)[0]?.each;
}

function lettersOf(name: string): string {
  return name
    .toUpperCase()
    .replaceAll(/[^A-Z]/g, "")
    .replace(/S$/, "");
}

/** How many letters must be changed, added, removed or swapped with the next to make `b` of `a`. */
function editDistance(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) row.push(cheapest({ a, b, i, j }, row, [last, beforeLast]));
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

type At = { readonly a: string; readonly b: string; readonly i: number; readonly j: number };

function cheapest(
  { a, b, i, j }: At,
  row: readonly number[],
  [last, beforeLast]: readonly [readonly number[], readonly number[]],
): number {
  const isSame = a[i - 1] === b[j - 1];
  const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
  return Math.min(
    (last[j] ?? Infinity) + 1,
    (row[j - 1] ?? Infinity) + 1,
    (last[j - 1] ?? Infinity) + (isSame ? 0 : 1),
    isSwap ? (beforeLast[j - 2] ?? Infinity) + 1 : Infinity,
  );
}
