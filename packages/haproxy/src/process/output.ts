import { open, readFile, stat, truncate } from "node:fs/promises";
import { parseProblems, type ConfigProblem } from "../tables/problems.ts";

const largestBytes = 1 << 20;

/** Bytes that HAProxy has written so far. */
export async function outputSize(outputFile: string): Promise<number> {
  return (await stat(outputFile)).size;
}

/** What HAProxy complained of since its output had `offset` bytes; its last words when it complained of nothing. */
export async function problemsSince(
  outputFile: string,
  offset: number,
  configFile: string,
): Promise<readonly ConfigProblem[]> {
  const output = (await readFile(outputFile)).subarray(offset).toString("utf8");
  const problems = parseProblems(output, configFile);
  return problems.length > 0 ? problems : [{ line: undefined, message: lastLine(output) }];
}

/** Makes the file, and empties it when it has grown large: HAProxy appends for as long as it lives. */
export async function boundOutput(outputFile: string): Promise<void> {
  const file = await open(outputFile, "a", 0o600);
  const { size } = await file.stat();
  await file.close();
  if (size > largestBytes) await truncate(outputFile);
}

function lastLine(output: string): string {
  return output.trim().split("\n").at(-1)?.trim() || "HAProxy said nothing";
}
