import { readFileSync } from "node:fs";
import type { SettingTable } from "@fairway/contract";

/** The contents of a file that a setting names, or why they cannot be had, as a line for the operator. */
export type FileReading =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };

/**
 * Reads a file that a setting names. A password or key that was set in place of a file's path is not repeated; nor by the
 * error's message.
 */
export function readSettingFile(name: string, path: string): FileReading {
  try {
    return { ok: true, text: readFileSync(path, "utf8") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "it cannot be read";
    const must = `must be the path of a file that can be read: ${code}`;
    return { ok: false, problem: `${name} (${path.length} characters): ${must}` };
  }
}

/** The environment with the texts that files hold in the variables that may be given so, and what is wrong with these. */
export function withSettingFiles(table: SettingTable, env: NodeJS.ProcessEnv) {
  const given = Object.values(table).flatMap(({ name, hasFile }) => {
    const path = hasFile ? env[`${name}_FILE`]?.trim() : undefined;
    return path ? [{ name, reading: readSettingFile(`${name}_FILE`, path) }] : [];
  });
  const texts = given.flatMap(({ name, reading }) => (reading.ok ? [[name, reading.text] as const] : []));
  return {
    env: { ...env, ...Object.fromEntries(texts) },
    problems: given.flatMap(({ reading }) => (reading.ok ? [] : [reading.problem])),
  };
}
