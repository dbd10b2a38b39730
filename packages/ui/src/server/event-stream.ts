import { changesBetween } from "../view/changes.ts";
import { noTables } from "../view/rows.ts";
import type { RegistryView, Shown } from "./registry-view.ts";

/** How often a page is sent something at least, so that either side notices when the other is gone. */
const beatMs = 15_000;

/**
 * What a page is sent, as server-sent events: `registry`, then what has changed in each table since it was last sent
 * something. A page that reads slowly is sent fewer and larger changes; what it is sent is made as it reads.
 */
export function eventStream(view: Pick<RegistryView, "changeFrom">): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const ended = new AbortController();
  let before: Shown | undefined;
  let events: Iterator<string> = [].values();
  return new ReadableStream({
    async pull(stream) {
      try {
        let next = events.next();
        while (next.done === true) {
          const now = await view.changeFrom(before, AbortSignal.any([ended.signal, AbortSignal.timeout(beatMs)]));
          events = eventsBetween(before, now);
          before = now;
          next = events.next();
        }
        stream.enqueue(encoder.encode(next.value));
      } catch {
        if (!ended.signal.aborted) stream.enqueue(encoder.encode(": still here\n\n"));
      }
    },
    cancel: () => ended.abort(),
  });
}

/** The events that make what a page shows of what it showed before. */
function* eventsBetween(before: Shown | undefined, now: Shown): Generator<string, void> {
  if (before?.registry !== now.registry) yield event("registry", now.registry);
  for (const change of changesBetween(before?.tables ?? noTables, now.tables)) yield event("change", change);
  // What came first is the whole.
  if (before === undefined) yield event("whole", {});
}

/** JSON has no line break of its own. */
function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
