import type { ProbeFacts, StartSeen } from "./probe.ts";
import { onStarts, type StartEvent } from "./engine-events.ts";
import { openFloor } from "./floor.ts";
import { accepts, firstServed, firstTime } from "./served.ts";
import { openAt } from "./simulated-registrars.ts";

/** The process behind `startProbe`: facts as its argument, one line of JSON for each start that concerns it. */

const { docker, etcd, haproxy } = JSON.parse(process.argv[2] ?? "") as ProbeFacts;
const goFloor = await openFloor({ docker, haproxy, client: openAt(etcd) });

const mostMs = 60_000;

/** The container's port is asked only from its start on: before, nobody would answer for its address. */
async function see(event: StartEvent): Promise<StartSeen | undefined> {
  const { id, atMs, labels } = event;
  const { "bench.floor": isFloor, "bench.address": address = "", "bench.front": front } = labels;
  if (isFloor !== undefined) return { id, floor: await goFloor(event) };
  if (front === undefined) return undefined;
  const own = { host: address, port: 6379 };
  // What does not come in time counts as if it came then: the other starts are to be seen as well.
  const [acceptedMs, servedMs] = await Promise.all([
    firstTime(() => accepts(own), { within: 10_000, what: `${address} to accept` }).catch(() => atMs),
    firstServed({ host: "127.0.0.1", port: Number(front) }, { within: mostMs }).catch(() => atMs + mostMs),
  ]);
  return { id, served: { eventMs: atMs, acceptedMs, servedMs } };
}

async function tell(event: StartEvent): Promise<void> {
  const seen = await see(event);
  if (seen !== undefined) console.log(JSON.stringify(seen));
}

await onStarts(docker, (event) => void tell(event));
console.log(JSON.stringify({ id: "ready" }));
