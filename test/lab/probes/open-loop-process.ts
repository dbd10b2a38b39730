import { connect } from "node:net";
import type { OpenLoopFacts, OpenLoopResult } from "./open-loop.ts";

/** The process behind `openLoop`: facts as its argument, runs until its input ends, writes the result as JSON. */

const answerWithinMs = 10_000;

const { host, port, perSecond } = JSON.parse(process.argv[2] ?? "") as OpenLoopFacts;
const failures: { atMs: number; reason: string }[] = [];
const running = new Set<Promise<void>>();
const begin = performance.now();
let started = 0;
let succeeded = 0;
let worstMs = 0;

/** As many as are due by now, so that a late timer makes none fewer. */
function startDue(): void {
  const due = Math.floor(((performance.now() - begin) / 1000) * perSecond) + 1;
  for (; started < due; started += 1) {
    const attempt = attemptOne().finally(() => running.delete(attempt));
    running.add(attempt);
  }
}

async function attemptOne(): Promise<void> {
  const from = performance.now();
  const reason = await ping();
  if (reason !== undefined) {
    failures.push({ atMs: Math.round(from - begin), reason });
    return;
  }
  succeeded += 1;
  worstMs = Math.max(worstMs, performance.now() - from);
}

/** Undefined when the server answered, else how the connection failed. */
async function ping(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => socket.write("PING\r\n"));
    const end = (reason: string | undefined) => {
      resolve(reason);
      socket.destroy();
    };
    socket.setTimeout(answerWithinMs, () => end(`no answer within ${answerWithinMs} ms`));
    socket.once("data", (data: Buffer) =>
      end(data.toString().startsWith("+PONG") ? undefined : `answered ${data.toString().trim()}`),
    );
    socket.once("error", (error) => end(error.message));
    socket.once("close", () => end("closed without an answer"));
  });
}

const timer = setInterval(startDue, Math.max(1, 500 / perSecond));
startDue();
// When the test has ended nobody is left to read the result.
process.stdout.on("error", () => process.exit());
console.log("begun");

for await (const _ of process.stdin);
clearInterval(timer);
await Promise.all(running);
const result: OpenLoopResult = { started, succeeded, failures, worstMs: Math.round(worstMs) };
console.log(JSON.stringify(result));
