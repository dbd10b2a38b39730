import { z } from "zod";
import { type Kind, some } from "../resources/kind.ts";

const planItemSchema = z.object({
  name: z.string().describe("project/service"),
  project: z.string(),
  service: z.string(),
  where: z.string().nullable().describe("file:line:column; null: it is in no file"),
  front: z.string().nullable().describe("6379, or 6379@proxy_test of a load balancer; null: of all its ports"),
  by: z.string().describe("registrar <node>, or proxy <node>/<proxy>"),
  result: z
    .enum(["served", "refused", "hint", "displaced", "nowhere"])
    .describe("displaced: served now, and no longer then; nowhere: no proxy is to serve it"),
  owner: z.string().nullable().describe("whose the front port is then"),
  ownerBy: z.string().nullable().describe("by which rule"),
  settings: z.array(z.string()).describe("what labels and operators set of the listener"),
  code: z.string().nullable().describe("of what is refused or told"),
  label: z.string().nullable(),
  reason: z.string().nullable(),
});

/** One thing that would be so. */
export type PlanItem = z.output<typeof planItemSchema>;

/** True for what ends `fairway plan` with 3. */
export function isRefusal({ result }: PlanItem): boolean {
  return result !== "served" && result !== "hint";
}

/** What a file's labels would do. */
export function planKind(items: readonly PlanItem[]): Kind<PlanItem> {
  return {
    prefixes: [],
    schema: planItemSchema,
    read: () => ({ items, leftOut: [] }),
    alsoCalled: () => [],
    projectOf: ({ project }) => project,
    columns: [
      { title: "SERVICE", text: ({ name }) => name },
      { title: "PORT", text: ({ front }) => front ?? "–" },
      { title: "BY", text: ({ by }) => by },
      { title: "RESULT", text: ({ result }) => result },
      { title: "OWNER", text: ({ owner }) => owner ?? "–" },
      { title: "SETTINGS", text: ({ settings }) => some(settings) },
      { title: "WHERE", text: ({ where }) => where ?? "–", isWide: true },
      {
        title: "WHY",
        text: ({ reason, ownerBy, label }) =>
          reason === null ? (ownerBy ?? "–") : `${label === null ? "" : `${label}: `}${reason}`,
      },
    ],
  };
}
