import { z } from "zod";
import { nameSchema, sentenceSchema, wordSchema } from "./bounds.ts";

const told = {
  /** Counts on over the life of the proxy's journal. */
  seq: z.int().min(1),
  /** When it was seen, ISO 8601 by the clock of the agent's machine. */
  time: wordSchema,
  /** In words, safe to show. */
  text: sentenceSchema,
};

const name = nameSchema.nullable();

/** Whose it is; null: nobody's, or that is not known. `container`: 12 digits, `containerName`: safe to show. */
const whose = { project: name, service: name, node: name, container: name, containerName: sentenceSchema.nullable() };
const whoseSchema = z.object(whose);

const ms = z.int().min(0).nullable();

/**
 * A record of the registry that came, changed or went: of an endpoint, a node, an operator's settings, what a registrar
 * refuses, or of the proxy itself.
 */
const recordEntrySchema = z.object({
  is: z.enum(["came", "changed", "went"]),
  ...told,
  ...whose,
  /** Of the record, relative to the registry's prefix. */
  key: z.string(),
  /** From its registrar's report of what Docker said to when HAProxy was brought to it; null: it is not served, or clocks differ. */
  tookMs: ms,
  /** The part of it since this proxy saw the record. */
  appliedMs: ms,
});

/** What the proxy does not serve as asked, from when, and until when: each is told by its `code`, `key` and `text`. */
const refusalEntrySchema = z.object({
  is: z.enum(["refused", "admitted"]),
  ...told,
  ...whose,
  code: wordSchema,
  key: z.string(),
});

/** HAProxy was given another configuration. */
const haproxyEntrySchema = z.object({
  is: z.enum(["reloaded", "started"]),
  ...told,
  reasons: z.array(z.object({ code: wordSchema, reason: sentenceSchema })),
  /** The fingerprint of the configuration: everything in it but its servers. */
  configuration: wordSchema,
  tookMs: ms,
});

/**
 * How the agent fared: HAProxy did not take something (`failed`, `recovered`), the registry was lost and found, the agent
 * began and ended.
 */
const agentEntrySchema = z.object({
  is: z.enum(["failed", "recovered", "lost", "found", "began", "ended"]),
  ...told,
});

/** Entries that are not there: the disk did not take them, or there were too many. `project`: of that one alone. */
const missedEntrySchema = z.object({ is: z.literal("missed"), ...told, project: name.optional() });

/** One entry of a proxy's journal. */
export const journalEntrySchema = z.discriminatedUnion("is", [
  recordEntrySchema,
  refusalEntrySchema,
  haproxyEntrySchema,
  agentEntrySchema,
  missedEntrySchema,
]);

/** Entries of a journal, the oldest first. */
export const journalAnswerSchema = z.object({
  /** From when on it tells, ISO 8601; null: it tells nothing yet. */
  from: wordSchema.nullable(),
  /** True: older ones that were asked for are left out. */
  isCut: z.boolean(),
  entries: z.array(journalEntrySchema),
});

/** What the proxy knew and did at one moment, by its journal. */
export const journalMomentSchema = z.object({
  from: wordSchema.nullable(),
  /** False: the journal does not go back so far. */
  isKnown: z.boolean(),
  /** False: no agent ran then. */
  isRunning: z.boolean(),
  /** Since when the registry was away; null: it was not. */
  lostSince: wordSchema.nullable(),
  /** Which configuration HAProxy ran, since when; `file`: its text, on the proxy's machine; null: that is not kept. */
  configuration: z.object({ fingerprint: wordSchema, since: wordSchema, file: z.string().nullable() }).nullable(),
  /** Records as the registry had them: those of what was asked for, of nodes, and of the proxy itself. */
  stored: z.array(z.object({ key: z.string(), value: z.string() })),
});

/**
 * Where an agent sends its journal as server-sent events: `event: entry` with an entry as JSON and its `seq` as `id`. It
 * begins after `Last-Event-ID` or `?after=<seq>`, else with what comes.
 */
export const journalEventsPath = "/v1/journal/events";

export type JournalEntry = Readonly<z.infer<typeof journalEntrySchema>>;
export type JournalAnswer = Readonly<z.infer<typeof journalAnswerSchema>>;
export type JournalMoment = Readonly<z.infer<typeof journalMomentSchema>>;

/** Whose something is, as entries tell it; null: nobody's, or that is not known. */
export type Whose = Readonly<z.infer<typeof whoseSchema>>;

/** Of what is nobody's. */
export const nobodys: Whose = { project: null, service: null, node: null, container: null, containerName: null };

/** Whose an entry is. */
export function whoseOf(entry: JournalEntry): Whose {
  if (entry.is === "missed") return { ...nobodys, project: entry.project ?? null };
  if (!("project" in entry)) return nobodys;
  const { project, service, node, container, containerName } = entry;
  return { project, service, node, container, containerName };
}
