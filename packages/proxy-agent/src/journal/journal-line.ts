import { journalEntrySchema, type JournalEntry } from "@fairway/contract";
import { z } from "zod";

/** One line of a journal's file: an entry, and the record that it is about as it was from then on. */
export type JournalLine = { readonly entry: JournalEntry; readonly revision?: string; readonly record?: KeptText };

type KeptText = Readonly<Record<string, unknown>>;

const keptSchema = z.object({ revision: z.string().optional(), record: z.record(z.string(), z.unknown()).optional() });

/** What becomes an entry once it has its number. */
export type Untold<T = JournalEntry> = T extends unknown ? Omit<T, "seq"> : never;

/** An entry before it is written, with its record. */
export type UnwrittenLine = { readonly entry: Untold; readonly revision?: string; readonly record?: KeptText };

/** The text of a line, without its end. */
export function lineText({ entry, revision, record }: JournalLine): string {
  return JSON.stringify({ ...entry, revision, record });
}

/** Reads a line; undefined: it is torn, or not one of a journal. */
export function parseLine(text: string): JournalLine | undefined {
  try {
    const json: unknown = JSON.parse(text);
    const entry = journalEntrySchema.safeParse(json);
    if (!entry.success) return undefined;
    const { revision, record } = keptSchema.parse(json);
    return { entry: entry.data, ...(revision !== undefined && { revision }), ...(record !== undefined && { record }) };
  } catch {
    return undefined;
  }
}
