import { journalEventsPath } from "@fairway/contract";
import type { HttpApp } from "@fairway/program";
import type { HeldLine, LogMemory } from "../connections/log-memory.ts";

/** Entries that are handed on at a time: a reader that pauses holds no more than these. */
const mostAtOnce = 500;
/** How often a line is sent though nothing happens: who reads it, and what stands between, notices that it still is there. */
const aliveEveryMs = 15_000;

/** Adds {@link journalEventsPath}. What the memory does not hold any more is left out: the journal itself tells it. */
export function addJournalEvents(app: HttpApp, memory: LogMemory): void {
  app.get(journalEventsPath, (c) => {
    const after = /^[0-9]{1,15}$/.exec(c.req.header("Last-Event-ID") ?? c.req.query("after") ?? "")?.[0];
    const headers = { "Content-Type": "text/event-stream", "Cache-Control": "no-store" };
    return c.body(eventsOf(memory, after === undefined ? undefined : Number(after)), 200, headers);
  });
}

function eventsOf(memory: LogMemory, after: number | undefined): ReadableStream<Uint8Array> {
  const ended = new AbortController();
  const encoder = new TextEncoder();
  let at = after === undefined ? memory.end : 0;
  return new ReadableStream({
    start: (stream) => stream.enqueue(encoder.encode(": the journal of a proxy\n\n")),
    async pull(stream) {
      await untilOrAlive(memory, at, ended.signal);
      if (ended.signal.aborted) return;
      const { lines, next } = memory.read(at, mostAtOnce);
      at = next;
      const events = lines.map((line) => eventOf(line, after ?? 0)).join("");
      stream.enqueue(encoder.encode(events === "" ? ": alive\n\n" : events));
    },
    cancel: () => ended.abort(),
  });
}

/** Resolves when there is a line of this number, when who reads is to see that it is alive, or at the end. */
async function untilOrAlive(memory: LogMemory, number: number, end: AbortSignal): Promise<void> {
  const pause = new AbortController();
  const stop = () => pause.abort();
  const timer = setTimeout(stop, aliveEveryMs);
  end.addEventListener("abort", stop);
  try {
    await memory.until(number, pause.signal);
  } finally {
    clearTimeout(timer);
    end.removeEventListener("abort", stop);
  }
}

function eventOf({ seq = 0, text }: HeldLine, after: number): string {
  return seq > after ? `event: entry\nid: ${seq}\ndata: ${text}\n\n` : "";
}
