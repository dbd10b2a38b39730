import { once } from "node:events";
import { connect } from "node:net";
import type { OpenLoopFacts, OpenLoopResult } from "./open-loop.ts";
import { nameIn, nameQuestion } from "./who-answers.ts";

/**
 * The process behind `openLoop`: facts as its last argument, runs until its input ends or all connections are made, writes
 * the result as JSON.
 */

const answerWithinMs = 10_000;

const { host, port, perSecond, total = Infinity } = JSON.parse(process.argv.at(-1) ?? "") as OpenLoopFacts;
const failures: { atMs: number; begunMs: number; reason: string }[] = [];
const lastBegunMs: Record<string, number> = {};
const running = new Set<Promise<void>>();
const begin = performance.now();
const isMade = new AbortController();
let started = 0;
let succeeded = 0;
let worstMs = 0;

/** As many as are due by now, so that a late timer makes none fewer. */
function startDue(): void {
  const due = Math.min(Math.floor(((performance.now() - begin) / 1000) * perSecond) + 1, total);
  for (; started < due; started += 1) {
    const attempt = attemptOne().finally(() => running.delete(attempt));
    running.add(attempt);
  }
  if (started >= total) isMade.abort();
}

async function attemptOne(): Promise<void> {
  const from = performance.now();
  const answer = await ask();
  if (answer.name === undefined) {
    const begunMs = Math.round(performance.timeOrigin + from);
    failures.push({ atMs: Math.round(from - begin), begunMs, reason: answer.reason });
    return;
  }
  succeeded += 1;
  worstMs = Math.max(worstMs, performance.now() - from);
  lastBegunMs[answer.name] = Math.max(lastBegunMs[answer.name] ?? 0, performance.timeOrigin + from);
}

type Answer = { readonly name: string } | { readonly name?: undefined; readonly reason: string };

/** The name of the redis that answered, else how the connection failed. */
async function ask(): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => socket.write(nameQuestion));
    let received = "";
    const end = (answer: Answer) => {
      resolve(answer);
      socket.destroy();
    };
    socket.setTimeout(answerWithinMs, () => end({ reason: `no answer within ${answerWithinMs} ms` }));
    socket.on("data", (data: Buffer) => {
      received += data.toString();
      const name = nameIn(received);
      if (name !== undefined) end({ name });
      else if (received.startsWith("-")) end({ reason: `answered ${received.trim()}` });
    });
    socket.once("error", (error) => end({ reason: error.message }));
    socket.once("close", () => end({ reason: "closed without an answer" }));
  });
}

const timer = setInterval(startDue, Math.max(1, 500 / perSecond));
startDue();
// When the test has ended nobody is left to read the result.
process.stdout.on("error", () => process.exit());
console.log("begun");

process.stdin.resume();
await Promise.race([once(process.stdin, "end"), once(isMade.signal, "abort")]);
process.stdin.destroy();
clearInterval(timer);
await Promise.all(running);
const result: OpenLoopResult = { started, succeeded, failures, worstMs: Math.round(worstMs), lastBegunMs };
console.log(JSON.stringify(result));
