import { z } from "zod";
import type { Kind } from "../resources/kind.ts";

const findingSchema = z.object({
  name: z.string().describe("what was looked at"),
  where: z.string(),
  level: z.enum(["ok", "hint", "breaks", "unasked"]).describe("unasked: it could not be asked"),
  text: z.string(),
  advice: z.string().nullable().describe("what to do"),
});

/** What one check found at one place. */
export type DoctorFinding = z.output<typeof findingSchema>;

/** What a check says, without its name. */
export type Said = Omit<DoctorFinding, "name">;

export function ok(where: string, text: string): Said {
  return { where, level: "ok", text, advice: null };
}

/** Something that an operator would change. */
export function hint(where: string, text: string, advice: string): Said {
  return { where, level: "hint", text, advice };
}

/** Something that does not work, or soon will not. */
export function breaks(where: string, text: string, advice: string): Said {
  return { where, level: "breaks", text, advice };
}

/** Something that could not be asked. */
export function unasked(where: string, text: string, advice: string): Said {
  return { where, level: "unasked", text, advice };
}

/** Findings as they are shown. */
export function findingKind(findings: readonly DoctorFinding[]): Kind<DoctorFinding> {
  return {
    prefixes: [],
    schema: findingSchema,
    read: () => ({ items: findings, leftOut: [] }),
    alsoCalled: () => [],
    columns: [
      { title: "LEVEL", text: ({ level }) => level },
      { title: "CHECK", text: ({ name }) => name },
      { title: "WHERE", text: ({ where }) => where },
      { title: "FOUND", text: ({ text, advice }) => (advice === null ? text : `${text}: ${advice}`) },
    ],
  };
}
