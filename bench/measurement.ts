import type { Table } from "./table.ts";

/** What a measurement is given. */
export type Bench = {
  /** Small sizes and few repetitions. */
  readonly isQuick: boolean;
  /** Of a measurement whose rows have names only those that have this text in theirs. (all) */
  readonly only?: string | undefined;
  /** Says what is being done now; gone when the next thing is said. */
  readonly progress: (doing: string) => void;
};

/** What came out: a table, and sentences that one has to know to read it. */
export type Outcome = { readonly table: Table; readonly notes: readonly string[] };

/** One thing that is measured. It asserts nothing. */
export type Measurement = {
  readonly number: number;
  readonly title: string;
  /** The names of its rows, of which some can be chosen; absent: its rows have none. */
  readonly rows?: readonly string[];
  readonly run: (bench: Bench) => Promise<Outcome>;
};
