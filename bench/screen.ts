import type { Measurement, Outcome } from "./measurement.ts";
import { tableLines } from "./table.ts";

const isTerminal = process.stderr.isTTY;

/** Says what is being done, with the time since the start; on a terminal in one line that the next one replaces. */
export function progress(doing: string): void {
  const line = `  ${process.uptime().toFixed(0).padStart(4)} s  ${doing}`;
  process.stderr.write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
}

/** Prints what came out of a measurement. */
export function printOutcome({ number, title }: Measurement, { table, notes }: Outcome): void {
  clearProgress();
  const lines = [`## ${number}. ${title}`, "", ...tableLines(table), "", ...notes.map((note) => `- ${note}`), ""];
  console.log(lines.join("\n"));
}

export function clearProgress(): void {
  if (isTerminal) process.stderr.write("\r\u001b[K");
}
