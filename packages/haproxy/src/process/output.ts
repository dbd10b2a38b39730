import { constants } from "node:fs";
import { open, readFile, stat, type FileHandle } from "node:fs/promises";
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
  const file = await openOutput(outputFile);
  try {
    if ((await file.stat()).size > largestBytes) await file.truncate();
  } finally {
    await file.close();
  }
}

/** Opens the file to append to it; it is made, and never a link to another one. */
export function openOutput(outputFile: string): Promise<FileHandle> {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
  return open(outputFile, O_APPEND | O_CREAT | O_NOFOLLOW | O_WRONLY, 0o600);
}

function lastLine(output: string): string {
  return output.trim().split("\n").at(-1)?.trim() || "HAProxy said nothing";
}
