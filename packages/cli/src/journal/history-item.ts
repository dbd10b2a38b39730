import { type JournalEntry, type Whose, whoseOf } from "@fairway/contract";
import { z } from "zod";
import type { Kind } from "../resources/kind.ts";

const text = z.string().nullable();

const historyItemSchema = z.object({
  name: z.string().describe("node/proxy, and the entry's number in its journal"),
  proxy: z.string().describe("node/proxy"),
  time: z.string().describe("by the clock of that proxy's machine"),
  is: z.string().describe("what it is: came, changed, went, refused, admitted, reloaded, started, failed, …"),
  text: z.string(),
  project: text,
  service: text,
  node: text,
  container: text,
  containerName: text,
  code: text.describe("of what is refused"),
  reasons: z.array(z.string()).describe("codes of why HAProxy was reloaded or started"),
  configuration: text.describe("the fingerprint of what HAProxy runs from then on"),
  tookMs: z.number().nullable().describe("from the registrar's report to HAProxy, or of the reload"),
  appliedMs: z.number().nullable().describe("the part of it since the proxy saw the record"),
});

/** An entry of a proxy's journal, as it is shown. */
export type HistoryItem = z.output<typeof historyItemSchema>;

const unsaid = { code: null, reasons: [], configuration: null, tookMs: null, appliedMs: null };

/** An entry of a proxy's journal as an item. */
export function historyItem(proxy: string, entry: JournalEntry): HistoryItem {
  const { is, time, text, seq } = entry;
  const told = {
    ...unsaid,
    ...("code" in entry && { code: entry.code }),
    ...("appliedMs" in entry && { tookMs: entry.tookMs, appliedMs: entry.appliedMs }),
    ...("reasons" in entry && {
      reasons: entry.reasons.map(({ code }) => code),
      configuration: entry.configuration,
      tookMs: entry.tookMs,
    }),
  };
  return { name: `${proxy}#${seq}`, proxy, time, is, text, ...whoseOf(entry), ...told };
}

/** Items as `fairway history` shows them. */
export function historyKind(items: readonly HistoryItem[]): Kind<HistoryItem> {
  return {
    prefixes: [],
    schema: historyItemSchema,
    read: () => ({ items, leftOut: [] }),
    alsoCalled: () => [],
    projectOf: ({ project }) => project,
    columns: [
      { title: "TIME", text: ({ time }) => time },
      { title: "PROXY", text: ({ proxy }) => proxy },
      { title: "WHAT", text: ({ is }) => is },
      { title: "WHOSE", text: whoseText },
      { title: "TOOK", text: ({ tookMs }) => (tookMs === null ? "–" : `${tookMs} ms`) },
      { title: "TOLD", text: (item) => item.text },
      { title: "CONFIGURATION", text: ({ configuration }) => configuration ?? "–", isWide: true },
      { title: "CODE", text: ({ code, reasons }) => code ?? (reasons.join(", ") || "–"), isWide: true },
    ],
  };
}

function whoseText({ project, service, node, container, containerName }: Whose): string {
  const ofService = service === null ? [] : [`${project ?? "?"}/${service}`];
  const ofContainer = container === null ? [] : [`${containerName ?? container}@${node ?? "?"}`];
  const words = [...ofService, ...ofContainer];
  return words.length > 0 ? words.join(" ") : (node ?? "–");
}
