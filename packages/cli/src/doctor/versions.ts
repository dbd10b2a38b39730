/** True for a version below another; what is no version is not. */
export function isOlder(version: string, least: string): boolean {
  const [a, b] = [numbersOf(version), numbersOf(least)];
  const at = [0, 1, 2].find((index) => a[index] !== b[index]);
  return a.length > 0 && at !== undefined && (a[at] ?? 0) < (b[at] ?? 0);
}

function numbersOf(version: string): readonly number[] {
  const [, ...numbers] = /^([0-9]+)\.([0-9]+)(?:\.([0-9]+))?/.exec(version) ?? [];
  return numbers.map((number) => Number(number ?? 0));
}
