import { counted, shown } from "@fairway/contract";
import type { Options } from "@fairway/program";
import { z } from "zod";
import { escapeAll } from "../output/render.ts";
import { wrongUse } from "../wrong-use.ts";

const text = z.string().nullable();
const time = z.number().nullable();

/** A line of an agent's log of connections: one that ended, or how many lines were lost. */
export const logItemSchema = z.discriminatedUnion("is", [
  z.object({
    is: z.literal("connection"),
    time: z.string().describe("when it ended"),
    listener: z.int(),
    name: text.describe("on that port"),
    client: z.string(),
    project: text,
    service: text,
    node: text.describe("of the container"),
    container: text,
    receivedBytes: z.number().describe("from the client"),
    sentBytes: z.number().describe("to the client"),
    queueMs: time,
    connectMs: time,
    durationMs: z.number(),
    state: z.string().describe("HAProxy's two letters"),
    ended: z.string(),
    idle: z.boolean().describe("IDLE ended it"),
  }),
  z.object({ is: z.literal("lost"), time: z.string(), count: z.number() }),
]);

/** One line of the log. */
export type LogItem = z.output<typeof logItemSchema>;

/** Of which proxy, `<node>/<proxy>`, a line is. */
export type LogOf = { readonly proxy: string; readonly isOne: boolean };

/** In which form the log is printed. */
export type LogForm = "text" | "json";

/** The option that says so. */
export const logFormOption = { "-o, --output <form>": "json: a line of JSON each; without it text" } as const;

/** Throws ProgramExit for a form that there is not. */
export function readLogForm({ output }: Options): LogForm {
  if (output === undefined) return "text";
  if (output === "json") return "json";
  throw wrongUse(`--output ${shown(String(output))}: must be json`);
}

/** A line of the log, safe to print. `proxy`: whose log it is of; `isOne`: there is but one, which text need not name. */
export function logLine(item: LogItem, form: LogForm, { proxy, isOne }: LogOf): string {
  if (form === "json") return escapeAll(JSON.stringify({ proxy, ...item }));
  const of = isOne ? [] : [proxy];
  if (item.is === "lost") return [item.time, ...of, `${counted(item.count, "line")} lost`].map(shown).join("  ");
  const { project, service, node, container } = item;
  const whose = service === null ? "no server" : `${project ?? "?"}/${service} ${container ?? "?"}@${node ?? "?"}`;
  const carried = `${item.receivedBytes} B in, ${item.sentBytes} B out, ${durationText(item.durationMs)}`;
  const words = [
    item.time,
    ...of,
    `${item.client} → ${item.listener}${item.name === null ? "" : ` ${item.name}`}`,
    whose,
    carried,
    `${item.ended} (${item.state})`,
  ];
  return words.map(shown).join("  ");
}

function durationText(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(ms < 60_000 ? 1 : 0)} s`;
}
