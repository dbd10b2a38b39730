import type { ListenerSlice } from "../subscription/seen.ts";
import { desiredListener, type ListenerOutcome } from "./desired-listener.ts";
import type { ListenerFacts } from "./listener-facts.ts";
import type { Desired, Sections } from "./desired.ts";
import { inOrder } from "./sorting.ts";

/** Everything that HAProxy should hold, from the endpoints behind each front port. Order of input never matters. */
export function desiredConfig(slices: readonly ListenerSlice[], facts: ListenerFacts, sections: Sections): Desired {
  return assemble(
    sections,
    slices.map((slice) => desiredListener(slice, facts)),
  );
}

/** Puts listeners together, sorted by port, and what was refused, sorted by key. */
export function assemble(sections: Sections, outcomes: Iterable<ListenerOutcome>): Desired {
  const all = [...outcomes];
  return {
    sections,
    listeners: all.flatMap(({ listener }) => listener ?? []).sort((a, b) => a.port - b.port),
    rejections: all.flatMap(({ rejections }) => rejections).sort(inOrder),
  };
}
