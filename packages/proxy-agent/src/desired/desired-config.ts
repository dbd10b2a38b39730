import type { ListenerSlice } from "../registry/seen.ts";
import type { Desired } from "./desired.ts";
import type { Sections } from "@fairway/haproxy";
import { ListenerBook, type ListenerOutcome } from "./listener-builder.ts";
import type { ListenerFacts } from "./listener-facts.ts";
import { inOrder } from "@fairway/contract";

/** Everything that HAProxy should hold, from the endpoints behind each front port. Order of input never matters. */
export function desiredConfig(slices: readonly ListenerSlice[], facts: ListenerFacts, sections: Sections): Desired {
  return assemble(
    sections,
    slices.map(({ port, endpoints }) => {
      const book = new ListenerBook(port, facts);
      book.setAll(endpoints);
      return book.outcome();
    }),
  );
}

/** Puts listeners together, sorted by port. `rejections` are those of all outcomes, if they are known. */
export function assemble(
  sections: Sections,
  outcomes: readonly ListenerOutcome[],
  rejections: Desired["rejections"] = rejectionsOf(outcomes),
): Desired {
  const listeners = outcomes.map(({ listener }) => listener).filter((listener) => listener !== undefined);
  return { sections, listeners: listeners.sort((a, b) => a.port - b.port), rejections };
}

/** What was refused, sorted by key. */
export function rejectionsOf(outcomes: readonly ListenerOutcome[]): Desired["rejections"] {
  return outcomes.flatMap(({ rejections }) => rejections).sort(inOrder);
}
