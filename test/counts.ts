import { metric } from "./lab/index.ts";
import type { LabNode } from "./lab/index.ts";

/** Metrics of both programs by name. */
export type Counts = Readonly<Record<string, number>>;

const names = {
  registrar: ['endpoints{state="ready"}', 'rejections{code="port-out-of-range"}'],
  agent: [
    "endpoints",
    'rejections{code="port-reserved"}',
    'servers{state="ready"}',
    "reloads_total",
    'reload_reasons_total{reason="listener-new"}',
    "propagation_seconds_count",
    "applied_revision",
  ],
};

/** Of these only the direction is sure. */
const unsure = /_(propagation_seconds_count|applied_revision)$/;

/** What the programs of a node have counted. */
export async function countsOf(node: Pick<LabNode, "registrar" | "agent">): Promise<Counts> {
  const values: Record<string, number> = {};
  for (const program of ["registrar", "agent"] as const) {
    for (const name of names[program].map((each) => `fairway_${program}_${each}`)) {
      values[name] = await metric(node[program], name);
    }
  }
  return values;
}

/** By how much each has moved; `more` where an application may be one or several. */
export function movedBy(before: Counts, now: Counts): Readonly<Record<string, number | "more">> {
  const moved = Object.entries(now).map(([name, value]) => {
    const by = value - (before[name] ?? 0);
    return [name, unsure.test(name) && by > 0 ? "more" : by] as const;
  });
  return Object.fromEntries(moved);
}
