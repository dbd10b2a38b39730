/** One step back, and what it does, in words for its failure. */
type Step = { readonly what: string; readonly undo: () => Promise<void> };

/** What was done and has to be undone, last things first. */
export type Undo = {
  readonly add: (what: string, undo: () => Promise<void>) => void;
  /** Does all of it; a step that fails is reported and keeps no other from being done. */
  readonly all: () => Promise<void>;
};

/** An empty list of things to undo. */
export function undoList(say: (line: string) => void): Undo {
  const steps: Step[] = [];
  const all = async () => {
    for (const { what, undo } of steps.splice(0).toReversed()) {
      await undo().catch((error: unknown) =>
        say(`could not ${what}: ${error instanceof Error ? error.message : String(error)}`),
      );
    }
  };
  return { add: (what, undo) => void steps.push({ what, undo }), all };
}
