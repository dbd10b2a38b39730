import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "@fairway/program";
import { ProxyJournal } from "../../src/journal/journal.ts";
import { eventually } from "../real/kit/client.ts";

const nothing = () => undefined;

/** A journal in a folder, of a proxy that refuses nothing and logs nothing. */
export function plainJournal(directory: string, signal: AbortSignal): ProxyJournal {
  const log = { debug: nothing, info: nothing, error: nothing } as unknown as Log;
  const sources = { rejections: () => [], ownRecord: nothing, configuration: nothing, lastError: nothing };
  const configFile = join(directory, "haproxy.cfg");
  return new ProxyJournal({ directory, configFile, version: "0.1.0", sources, log, signal });
}

/** Where the lines of a journal's first segment are to be, once it has begun. */
export async function linesFile(directory: string): Promise<string> {
  const isState = (name: string) => name.endsWith(".gz");
  await eventually("it has begun", async () => (await readdir(directory)).some(isState), 20_000);
  const state = (await readdir(directory)).find(isState) ?? "";
  return join(directory, state.replace(".state.gz", ".ndjson"));
}
