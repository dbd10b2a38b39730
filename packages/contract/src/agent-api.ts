import { z } from "zod";
import { nameSchema, sentenceSchema, wordSchema } from "./bounds.ts";
import { journalAnswerSchema, journalMomentSchema } from "./journal.ts";

/** The header in which an agent says which proxy answers; see {@link proxyHeaderText}. */
export const proxyHeader = "Fairway-Proxy";

/** `<node>/<proxy>` as {@link proxyHeader} has it: names may hold what a header may not. */
export function proxyHeaderText(name: string): string {
  return encodeURIComponent(name.toWellFormed());
}

/** Characters of a token of the API, at least; fewer can be guessed. */
export const shortestToken = 16;

/** The token in the text of a file; undefined: there is none that can be used. */
export function tokenIn(text: string): string | undefined {
  const token = text.trim();
  return token.length >= shortestToken && /^[\x21-\x7e]{1,4096}$/.test(token) ? token : undefined;
}

/** What an agent says of itself and of its HAProxy. */
export const agentFactsSchema = z.object({
  node: nameSchema,
  proxy: nameSchema,
  version: wordSchema,
  /** Null: it does not run. */
  haproxy: z
    .object({
      version: wordSchema,
      pid: z.int(),
      /** Files that it may have open, and has; null: that cannot be read. */
      openFiles: z.object({ limit: z.int(), used: z.int() }).nullable(),
    })
    .nullable(),
});

/** Everything that a proxy refuses, of which its record tells the first. */
export const proxyRejectionsSchema = z.object({
  rejections: z.array(z.object({ code: wordSchema, key: z.string(), reason: sentenceSchema })),
});

/** Whether a machine reaches nodes: one published port of each, of those that have one. */
export const reachedNodesSchema = z.object({
  reached: z.array(z.object({ node: nameSchema, address: wordSchema, ok: z.boolean(), reason: sentenceSchema })),
});

const count = z.int().min(0);

/** What services did since their proxy's agent began, and do now, as the proxy's HAProxy counts it. */
export const servicesAnswerSchema = z.object({
  services: z.array(
    z.object({
      /** `*` and `*`: all beyond the first thousand. */
      project: nameSchema,
      service: nameSchema,
      servers: z.object({ up: count, down: count, drain: count, maint: count }),
      /** Connections now, and those that wait for a server. */
      current: count,
      queued: count,
      sessions: count,
      /** From clients, and to them. */
      receivedBytes: count,
      sentBytes: count,
      /** Attempts to connect that failed. */
      connectErrors: count,
      /** Mean of the last connections; null: there were none. */
      connectMs: z.number().nullable(),
    }),
  ),
});

/**
 * What agents answer with JSON, at `ADMIN_LISTEN` and at `API_LISTEN`: the path of each question, and the schema of its
 * answer. Fields may be added to an answer, none is taken away or gets another meaning.
 */
export const agentApi = {
  agent: { path: "/v1/agent", schema: agentFactsSchema },
  rejections: { path: "/v1/rejections", schema: proxyRejectionsSchema },
  /** What `fairway top` shows. */
  services: { path: "/v1/services", schema: servicesAnswerSchema },
  reach: { path: "/v1/reach", schema: reachedNodesSchema },
  /**
   * With `since` and `until` (ISO 8601), `project`, `service`, and `most`, the newest of them. As server-sent events:
   * `journalEventsPath`.
   */
  journal: { path: "/v1/journal", schema: journalAnswerSchema },
  /** With `time` (ISO 8601; now), and `asked`: as `fairway why` asks. */
  moment: { path: "/v1/journal/at", schema: journalMomentSchema },
} as const;

export type AgentFacts = Readonly<z.infer<typeof agentFactsSchema>>;
export type ProxyRejections = Readonly<z.infer<typeof proxyRejectionsSchema>>;
export type ServicesAnswer = Readonly<z.infer<typeof servicesAnswerSchema>>;
export type ReachedNodes = Readonly<z.infer<typeof reachedNodesSchema>>;
