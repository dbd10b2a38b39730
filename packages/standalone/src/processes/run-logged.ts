import { rm } from "node:fs/promises";
import { logTail, startChild, told } from "./child.ts";
import type { ChildFacts } from "./child.ts";

/**
 * Runs a long command to its end, in our environment, its output kept in a log that begins anew. Throws with the end of
 * the log for any other end than exit code 0, and when the signal aborts, once the command has stopped.
 */
export async function runLogged(facts: ChildFacts, signal: AbortSignal): Promise<void> {
  await rm(facts.logFile, { force: true });
  signal.throwIfAborted();
  const ours = Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const child = startChild({ ...facts, env: { ...Object.fromEntries(ours), ...facts.env } });
  const stop = () => void child.stop();
  signal.addEventListener("abort", stop, { once: true });
  const end = await child.ended;
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
  if (end.code !== 0) throw new Error(`${facts.name} failed (${told(end)}); ${await logTail(child)}`);
}
