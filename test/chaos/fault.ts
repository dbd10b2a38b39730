/** Something that breaks for a while. */
export type Fault = {
  readonly name: string;
  /** What nothing else may break meanwhile. */
  readonly of: string;
  /** For how long, in milliseconds at most. */
  readonly longestMs: number;
  readonly begin: () => Promise<unknown>;
  /** Puts it right; what ended is started again. */
  readonly end: () => Promise<unknown>;
};
