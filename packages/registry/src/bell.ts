/**
 * Wakes one loop. A ring while nobody listens is kept, several are one:
 * the loop looks at the whole state each time, so a count would tell it nothing.
 */
export type Bell = {
  readonly ring: () => void;
  /** Resolves at the next ring, at once when one is kept. */
  readonly heard: () => Promise<void>;
};

export function createBell(): Bell {
  let isRung = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      isRung = true;
      wake?.();
    },
    heard: async () => {
      if (!isRung) await new Promise<void>((resolve) => (wake = resolve));
      wake = undefined;
      isRung = false;
    },
  };
}
