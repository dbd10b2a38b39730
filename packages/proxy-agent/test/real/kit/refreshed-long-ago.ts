import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { refreshedEntry, rolesHoldMs } from "@fairway/haproxy";

/** What stands in the file of the map of roles, as if no agent had refreshed it for longer than roles hold. */
export async function refreshedLongAgo(file: string): Promise<readonly string[]> {
  const entries = (await readFile(file, "utf8")).trim().split("\n");
  const longAgo = refreshedEntry(Date.now() - rolesHoldMs - 5000);
  assert.ok(entries[0]?.startsWith("refreshed "), entries.join());
  return [longAgo, ...entries.slice(1)];
}
