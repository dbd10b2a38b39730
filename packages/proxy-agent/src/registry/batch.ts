import type { SeenNode } from "./seen.ts";

/** When something was learnt, and until when what is missing then is held. Ms since 1970. */
export type LearntAt = { readonly now: number; readonly heldUntil: number };

/** What a list or a batch of changes said of the registry. */
export type Batch = {
  /** Endpoints that it has. */
  readonly present: Set<string>;
  /** Endpoints that it no longer has. */
  readonly absent: Set<string>;
  /** Services of which it says other settings of the operator's. */
  readonly services: Set<string>;
  readonly nodes: SeenNode[];
  /** When it was learnt, ms since 1970. */
  readonly now: number;
};

/** A batch that says nothing yet. */
export function newBatch({ now }: LearntAt): Batch {
  return { present: new Set(), absent: new Set(), services: new Set(), nodes: [], now };
}
