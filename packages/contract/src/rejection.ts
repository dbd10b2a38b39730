import { z } from "zod";
import { sentenceSchema, wordSchema } from "./bounds.ts";
import { shown } from "./text.ts";

/**
 * What was refused, or what a label misses, with its reason as a sentence.
 * The same words stand in the log, `/status`, metrics (by code) and the registry.
 */
export const rejectionSchema = z.object({
  /** Stable, kebab-case; metrics count by it. */
  code: wordSchema,
  /** `refused`: something asked for is not served. `hint`: nothing was asked for in a way that counts. */
  severity: z.enum(["refused", "hint"]),
  /** The label it is about, in full; empty when it is about none. */
  label: sentenceSchema,
  /** The value, escaped and cut at 200 characters; absent when it may hold a secret. */
  value: sentenceSchema.optional(),
  /** The length of a value that is not told. */
  valueLength: z.int().min(0).optional(),
  /** One sentence: what, which value, what is allowed. */
  reason: sentenceSchema,
});

export type Rejection = Readonly<z.infer<typeof rejectionSchema>>;

/** What {@link refused} and {@link hint} tell of something that is no label's text: that is `refuseLabel`'s to tell. */
export type RejectionFacts = {
  readonly code: string;
  readonly value?: string;
  readonly reason: string;
};

/** Something asked for that is not served. Value and reason are escaped and cut. */
export function refused(facts: RejectionFacts): Rejection {
  return rejection("refused", facts);
}

/** Something that looks as if it was meant otherwise. */
export function hint(facts: RejectionFacts): Rejection {
  return rejection("hint", facts);
}

function rejection(severity: Rejection["severity"], { code, value, reason }: RejectionFacts): Rejection {
  return { code, severity, label: "", value: shown(value ?? ""), reason };
}
