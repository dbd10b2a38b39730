import assert from "node:assert/strict";
import { checkConfig } from "@fairway/haproxy";

/** Has HAProxy check a file, which it must find valid. */
export async function assertValid(file: string): Promise<void> {
  const outcome = await checkConfig({
    bin: process.env["HAPROXY_BIN"] ?? "haproxy",
    file,
    env: { PATH: process.env["PATH"] },
    signal: AbortSignal.timeout(10_000),
  });
  assert.deepEqual(outcome, { ok: true });
}
