import { z } from "zod";

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `<n>` seconds or `<n>ms|s|m|h`, to milliseconds. */
export function duration(leastMs = 0): z.ZodType<number, string> {
  const least = leastMs > 0 ? `, at least ${leastMs / 1000}s` : "";
  return z
    .string()
    .regex(/^[0-9]{1,9}(ms|s|m|h)?$/)
    .transform(durationMs)
    .refine((ms) => ms >= leastMs && ms <= 30 * 24 * unitMs.h)
    .describe(`seconds, or a number with ms, s, m or h, such as 500ms or 15s${least}`);
}

function durationMs(text: string): number {
  const [, amount = "", unit = "s"] = /^([0-9]+)(ms|s|m|h)?$/.exec(text) ?? [];
  return Number(amount) * unitMs[unit as keyof typeof unitMs];
}
