import { duration, shown } from "@fairway/contract";
import type { Options } from "@fairway/program";
import { wrongUse } from "../wrong-use.ts";

/** Reads an option that is a time, in milliseconds. Throws ProgramExit for what is none. */
export function readTime(options: Options, name: string, usual: string): number {
  const given = options[name] ?? usual;
  const grammar = duration();
  const read = grammar.safeParse(given);
  if (read.success) return read.data;
  throw wrongUse(`--${name} ${shown(String(given))}: must be ${grammar.description ?? "a time"}`);
}
