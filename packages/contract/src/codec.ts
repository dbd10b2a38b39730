import { z } from "zod";
import { longestText } from "./bounds.ts";
import { shown } from "./text.ts";

/** A record read from the registry, or the sentence that says why it cannot be used. */
export type Decoded<T> =
  | { readonly ok: true; readonly record: T }
  | { readonly ok: false; readonly code: UnreadableCode; readonly reason: string };

export type UnreadableCode = "record-not-json" | "record-too-large" | "record-newer-version" | "record-not-valid";

/** Reads one value of the registry. Never throws: a bad record harms only itself. */
export function decode<T>(schema: z.ZodType<T>, value: string): Decoded<T> {
  if (value.length > longestText) {
    const reason = `the record has ${value.length} characters: at most ${longestText} are read`;
    return unreadable("record-too-large", reason);
  }
  const json = parseJson(value);
  if (json === undefined) return unreadable("record-not-json", `the record is not JSON (${value.length} characters)`);
  const version = versionOf(json);
  if (version > 1) {
    return unreadable(
      "record-newer-version",
      `the record has v=${version}; this version reads v=1: upgrade this program`,
    );
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, record: parsed.data };
  return unreadable("record-not-valid", `the record is not valid: ${shown(firstIssue(parsed.error))}`);
}

/** Writes a record as it stands in the registry. */
export function encode(record: { readonly v: 1 }): string {
  return JSON.stringify(record);
}

function unreadable(code: UnreadableCode, reason: string): { ok: false; code: UnreadableCode; reason: string } {
  return { ok: false, code, reason };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function versionOf(json: unknown): number {
  const v = typeof json === "object" && json !== null && "v" in json ? json.v : undefined;
  return typeof v === "number" ? v : 0;
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? error.message : `${issue.path.join(".") || "the whole"}: ${issue.message}`;
}
