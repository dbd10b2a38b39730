import { readFile } from "node:fs/promises";
import { z } from "zod";
import { inPieces } from "@fairway/haproxy";
import { isMissing, writeAtomically } from "./atomic-write.ts";

const version = 1;

const snapshotSchema = z.object({
  v: z.literal(version),
  /** ISO 8601, for people. */
  savedAt: z.string(),
  /** Plain data of whoever decides what is desired; opaque here. */
  memory: z.unknown(),
});

/** What an earlier agent remembered, nothing, or why it cannot be read. */
export type SnapshotOutcome =
  | { readonly is: "read"; readonly memory: unknown }
  | { readonly is: "none" }
  | { readonly is: "unreadable"; readonly reason: string };

/** Reads snapshot.json. Never rejects: what cannot be read counts as none, with the reason. */
export async function readSnapshot(file: string): Promise<SnapshotOutcome> {
  try {
    const parsed = snapshotSchema.safeParse(JSON.parse(await readFile(file, "utf8")));
    if (parsed.success) return { is: "read", memory: parsed.data.memory };
    return { is: "unreadable", reason: `${file} is not a snapshot of this version: ${z.prettifyError(parsed.error)}` };
  } catch (error) {
    if (isMissing(error)) return { is: "none" };
    return { is: "unreadable", reason: `${file} cannot be read: ${(error as Error).message}` };
  }
}

/** Writes snapshot.json whole or not at all, in pieces: `memory` must not change meanwhile. Rejects when the disk does not take it. */
export async function writeSnapshot(file: string, memory: unknown): Promise<void> {
  const snapshot: z.input<typeof snapshotSchema> = { v: version, savedAt: new Date().toISOString(), memory };
  await writeAtomically(file, inPieces(jsonParts(snapshot)));
}

/**
 * Plain data as JSON, part by part: an object gives the parts of its values, an array its elements one by one, each
 * whole. Joined they are what `JSON.stringify` gives. Parts are made when they are asked for.
 */
export function* jsonParts(data: unknown): Generator<string> {
  if (Array.isArray(data)) yield* listParts(data);
  else if (typeof data === "object" && data !== null) yield* objectParts(data);
  else yield JSON.stringify(data);
}

function* listParts(list: readonly unknown[]): Generator<string> {
  yield "[";
  for (const [index, element] of list.entries()) yield (index === 0 ? "" : ",") + (JSON.stringify(element) ?? "null");
  yield "]";
}

function* objectParts(object: object): Generator<string> {
  let separator = "{";
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    yield `${separator}${JSON.stringify(key)}:`;
    yield* jsonParts(value);
    separator = ",";
  }
  yield separator === "{" ? "{}" : "}";
}
