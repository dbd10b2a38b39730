import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Variables } from "./interpolate.ts";

/** What a file of Compose in a directory knows by name; the environment is stronger than the file beside it. */
export async function variablesOf(directory: string, env: NodeJS.ProcessEnv): Promise<Variables> {
  const file = await readFile(join(directory, ".env"), "utf8").catch(() => "");
  const set = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return new Map([...readDotEnv(file), ...set]);
}

/** Reads what Compose reads beside a file: lines of `NAME=value`. A value with escapes or variables of its own is not known. */
export function readDotEnv(text: string): Variables {
  const lines = text.split(/\r?\n/).flatMap((line) => {
    const [, name, value = ""] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, plainValue(value.trim())] as const];
  });
  return new Map(lines);
}

function plainValue(text: string): string | null {
  const [, single] = /^'([^']*)'\s*(?:#.*)?$/.exec(text) ?? [];
  const [, double] = /^"([^"\\$]*)"\s*(?:#.*)?$/.exec(text) ?? [];
  if (single !== undefined || double !== undefined) return single ?? double ?? "";
  const bare = text.replace(/(^|\s)#.*$/, "").trimEnd();
  return /['"\\$]/.test(bare) ? null : bare;
}
