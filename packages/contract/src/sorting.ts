/** Orders texts by code unit: the same everywhere, whatever the locale. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders values by texts of theirs, the first that differ. Makes no text: thousands are ordered at one change. */
export function byTextsOf<T>(...textsOf: readonly ((value: T) => string)[]): (a: T, b: T) => number {
  return (a, b) => {
    for (const textOf of textsOf) {
      const order = byText(textOf(a), textOf(b));
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** Orders by revision, the oldest first; undefined is the youngest. */
export function byRevision(a: bigint | undefined, b: bigint | undefined): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? 1 : -1;
  return a < b ? -1 : 1;
}

/** The one order of rejections, wherever they are shown. */
export const inOrder = byTextsOf<{ readonly key: string; readonly code: string; readonly reason: string }>(
  ({ key }) => key,
  ({ code }) => code,
  ({ reason }) => reason,
);
