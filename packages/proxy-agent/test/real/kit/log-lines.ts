import type { Log } from "@fairway/program";
import { pino } from "pino";

/** One line of a log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

/** A log that keeps its lines in memory. */
export function logTo(lines: LogLine[]): Log {
  return pino({ level: "debug", base: null }, { write: (text) => void lines.push(JSON.parse(text) as LogLine) });
}
