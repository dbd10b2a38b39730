import type { HttpApp } from "@fairway/program";
import type { ConnectionLog } from "./connection-log.ts";
import type { HeldLine, LogMemory } from "./log-memory.ts";

/** Whose lines are asked for: all that are set must hold. */
type Wanted = { readonly project: string | undefined; readonly service: string | undefined };

/** Lines that are handed on at a time: a reader that pauses holds no more than these. */
const mostAtOnce = 500;

/**
 * Adds `GET /v1/logs`: the log of connections as JSON lines, the oldest first. `project` and `service` bound it, `follow`
 * goes on. 409 where there is no log: CONNECTION_LOG is off. What was dropped before the reader came to it is a line `{"is":"lost"}` in its place.
 */
export function addLogPaths(app: HttpApp, log: Pick<ConnectionLog, "memory"> | undefined): void {
  app.get("/v1/logs", (c) => {
    if (log === undefined)
      return c.text("this proxy has no log of connections: start it with CONNECTION_LOG=on\n", 409);
    const { project, service, follow } = c.req.query();
    const lines = linesOf(log.memory, { project, service }, follow !== undefined);
    return c.body(lines, 200, { "Content-Type": "application/x-ndjson" });
  });
}

function linesOf(memory: LogMemory, wanted: Wanted, isFollowed: boolean): ReadableStream<Uint8Array> {
  const ended = new AbortController();
  const encoder = new TextEncoder();
  const end = isFollowed ? Number.POSITIVE_INFINITY : memory.end;
  let at = 0;
  let isFirst = true;
  return new ReadableStream({
    async pull(stream) {
      for (let text = ""; text === "" && !ended.signal.aborted;) {
        if (at >= end) return stream.close();
        await memory.until(at, ended.signal);
        const { lines, next, dropped } = memory.read(at, mostAtOnce);
        // What was dropped before it was asked for is not missing to this reader.
        const lost = isFirst || dropped === 0 ? [] : [lostText(dropped)];
        [at, isFirst] = [next, false];
        text = [...lost, ...lines.filter((line) => isWanted(line, wanted)).map((line) => line.text)].join("\n");
        if (text !== "") stream.enqueue(encoder.encode(`${text}\n`));
      }
      return undefined;
    },
    cancel: () => ended.abort(),
  });
}

function isWanted(line: HeldLine, { project, service }: Wanted): boolean {
  const isForAll = line.project === null && line.service === null;
  if (isForAll) return service === undefined || line.text.startsWith('{"is":"lost"');
  return (project ?? line.project) === line.project && (service ?? line.service) === line.service;
}

function lostText(count: number): string {
  return JSON.stringify({ is: "lost", time: new Date().toISOString(), count });
}
