import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { askByName } from "./ask-by-name.ts";
import type { ClientsFacts, ClientsResult } from "./named-clients.ts";

/** The process behind `startClients`: facts as its last argument, begins when its input ends, writes the result as JSON. */

const { mostAtOnce, servers, perSecond, seconds, ...front } = JSON.parse(process.argv.at(-1) ?? "") as ClientsFacts;
const failures: Record<string, number> = {};
const tookMs: number[] = [];
const running: Promise<void>[] = [];
let ended = 0;

async function connectOnce({ name, answer }: ClientsFacts["servers"][number]): Promise<void> {
  const begun = performance.now();
  const reply = await askByName({ ...front, name });
  const failure = reply.failure ?? (reply.answer === answer ? undefined : "answered by another server");
  if (failure === undefined) tookMs.push(Math.round(performance.now() - begun));
  else failures[failure] = (failures[failure] ?? 0) + 1;
}

/** All that are due by now, so that a late timer makes none fewer; a machine that is too slow opens fewer, not more and more at a time. */
async function connectAll(): Promise<void> {
  const begun = performance.now();
  const passedS = () => (performance.now() - begun) / 1000;
  while (passedS() < seconds) {
    const due = Math.min(passedS() * perSecond, ended + mostAtOnce);
    while (running.length < due) {
      const server = servers[running.length % servers.length];
      if (server !== undefined) running.push(connectOnce(server).then(() => void (ended += 1)));
    }
    await delay(3);
  }
  await Promise.all(running);
}

console.log("there");
await text(process.stdin);
await connectAll();
const result: ClientsResult = { started: running.length, failures, tookMs };
console.log(JSON.stringify(result));
process.exit();
