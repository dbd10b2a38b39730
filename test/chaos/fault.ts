/** Something that breaks for a while. */
export type Fault = {
  readonly name: string;
  /** What nothing else may break meanwhile. */
  readonly of: string;
  /** For how long, in milliseconds at most. */
  readonly longestMs: number;
  /** Drawn in runs of more than a minute alone: much waits for it to come right. */
  readonly isForLongRuns?: true;
  readonly begin: () => Promise<unknown>;
  /** Puts it right; what ended is started again. */
  readonly end: () => Promise<unknown>;
};
