import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../../test/lab/index.ts";
import type { LabProgram } from "../../test/lab/index.ts";

/** What a program holds, in bytes: resident as it goes, and what is left of its heap after garbage was collected. */
export type Memory = { readonly resident: number; readonly live: number };

type Usage = { readonly rss: number; readonly heapUsed: number; readonly external: number };

/** Settings for a program whose memory will be asked for. */
export function memorySettings(directory: string, name: string): Readonly<Record<string, string>> {
  const reporter = new URL("heap-reporter.mjs", import.meta.url).href;
  return { NODE_OPTIONS: `--import=${reporter}`, BENCH_HEAP_FILE: heapFile(directory, name) };
}

/** Asks a program that was started with those settings. It has had time before to come to rest. */
export async function memoryOf(program: LabProgram, directory: string, name: string): Promise<Memory> {
  await delay(restMs);
  const { rss } = await usage(program, heapFile(directory, name));
  // A second look, as the first collection lets go of what finalizers hold.
  const { heapUsed, external } = await usage(program, heapFile(directory, name));
  return { resident: rss, live: heapUsed + external };
}

const restMs = 5000;

async function usage(program: LabProgram, file: string): Promise<Usage> {
  rmSync(file, { force: true });
  await program.signal("SIGUSR2");
  return eventually(() => existsSync(file) && (JSON.parse(readFileSync(file, "utf8")) as Usage), {
    within: 10_000,
  }) as Promise<Usage>;
}

function heapFile(directory: string, name: string): string {
  return join(directory, `${name}.heap.json`);
}
