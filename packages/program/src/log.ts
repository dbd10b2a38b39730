import { pino } from "pino";

/** What one would tell a colleague (info), each command (debug). Message: a short constant sentence; data in fields. */
export type Log = Pick<pino.Logger, "debug" | "info" | "warn" | "error">;

/** JSON lines on standard output. */
export function createLog(program: string, level: string): Log {
  return pino({ level, base: { program }, timestamp: pino.stdTimeFunctions.isoTime });
}
