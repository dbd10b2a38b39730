import { changesBetween } from "../view/changes.ts";
import { noTables } from "../view/rows.ts";
import type { RegistryView, Shown } from "./registry-view.ts";

/** How often a page is sent something at least, so that either side notices when the other is gone. */
const beatMs = 15_000;

/**
 * What a page is sent, as server-sent events: `registry`, then what has changed in each table since it was last sent
 * something. A page that reads slowly is sent fewer and larger changes.
 */
export function eventStream(view: Pick<RegistryView, "changeFrom">): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const ended = new AbortController();
  let before: Shown | undefined;
  return new ReadableStream({
    async pull(stream) {
      try {
        const now = await view.changeFrom(before, AbortSignal.any([ended.signal, AbortSignal.timeout(beatMs)]));
        for (const each of eventsBetween(before, now)) stream.enqueue(encoder.encode(each));
        before = now;
      } catch {
        if (!ended.signal.aborted) stream.enqueue(encoder.encode(": still here\n\n"));
      }
    },
    cancel: () => ended.abort(),
  });
}

/** The events that make what a page shows of what it showed before. */
export function eventsBetween(before: Shown | undefined, now: Shown): readonly string[] {
  const changes = changesBetween(before?.tables ?? noTables, now.tables);
  return [
    ...(before?.registry === now.registry ? [] : [event("registry", now.registry)]),
    ...changes.map((change) => event("change", change)),
    // What came first is the whole.
    ...(before === undefined ? [event("whole", {})] : []),
  ];
}

/** JSON has no line break of its own. */
function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
