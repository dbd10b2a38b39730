/** Lines that are drawn: the first, and the one after the last. */
export type VisibleLines = { readonly from: number; readonly to: number };

/** What is seen of a list, in pixels, and how high a line is. */
export type Window = {
  readonly top: number;
  readonly height: number;
  readonly lineHeight: number;
  readonly count: number;
};

/** Lines drawn at a time are a multiple of this: scrolling within them draws nothing. */
const step = 8;

/** The lines to draw: those in sight, and some above and below. */
export function visibleLines({ top, height, lineHeight, count }: Window): VisibleLines {
  const first = Math.floor(top / lineHeight / step) * step - step;
  const last = Math.ceil((top + height) / lineHeight / step) * step + step;
  const from = Math.max(0, Math.min(first, count - 1));
  return { from, to: Math.max(from, Math.min(count, last)) };
}

/** Where the list is to be scrolled to, so that a line is in sight; undefined: it is. */
export function topFor(at: number, { top, height, lineHeight }: Window): number | undefined {
  if (at * lineHeight < top) return at * lineHeight;
  const end = (at + 1) * lineHeight;
  return end > top + height ? end - height : undefined;
}

/** Which line a key leads to from a line; undefined: the key does not move. */
export function lineByKey(
  key: string,
  at: number,
  { height, lineHeight, count }: Omit<Window, "top">,
): number | undefined {
  const page = Math.max(1, Math.floor(height / lineHeight) - 1);
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    j: at + 1,
    k: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: count - 1,
  };
  const to = steps[key];
  return to === undefined || count === 0 ? undefined : Math.max(0, Math.min(count - 1, to));
}
