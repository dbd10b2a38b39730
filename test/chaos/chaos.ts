import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { reasonOf } from "@fairway/contract";
import { eventually, openLoop, poolOf } from "../lab/index.ts";
import type { Lab, LabNode } from "../lab/index.ts";
import { chaosPort, nodeFaults, runningIds, startServer } from "./container-faults.ts";
import type { Fault } from "./fault.ts";
import { programFaults } from "./program-faults.ts";
import { seededRandom } from "../random.ts";
import { registryFaults } from "./registry-faults.ts";
import type { SeededRun } from "../seeded-run.ts";

const longestGapMs = 1200;
const exactWithinMs = 60_000;
const loggedLines = 60;

/** Longer than anything takes here: an engine's start has three minutes, and what it is asked a minute and a half. */
const longestWaitMs = 300_000;

/**
 * Breaks whatever can be broken, several things at once, and puts all of it right. Afterwards every proxy holds exactly
 * the running containers, and no connection fails. Throws when that does not come about.
 */
export async function chaos(lab: Lab, { seed, seconds, say }: SeededRun): Promise<void> {
  const random = seededRandom(seed);
  const faults = [
    ...lab.nodes.flatMap((node) => [...programFaults(node), ...nodeFaults(node, random)]),
    ...registryFaults(lab),
  ].filter(({ isForLongRuns = false }) => !isForLongRuns || seconds > 60);
  await Promise.all(lab.nodes.map((node) => startServer(node, `${node.name}-first`)));
  const begun = performance.now();
  const broken = new Map<string, Promise<void>>();
  const errors: unknown[] = [];
  const tell = (what: string) => say(`${((performance.now() - begun) / 1000).toFixed(1)} s: ${what}`);
  while (performance.now() - begun < seconds * 1000 && errors.length === 0) {
    const whole = faults.filter(({ of }) => !broken.has(of));
    if (whole.length === 0) {
      await Promise.race(broken.values());
      continue;
    }
    const fault = random.oneOf(whole);
    const forMs = random.below(fault.longestMs + 1);
    tell(`${fault.name}${forMs > 0 ? ` for ${forMs} ms` : ""}`);
    const onError = (error: unknown) => {
      errors.push(error);
      tell(`the lab itself failed: ${fault.name}: ${reasonOf(error)}`);
    };
    const one = breakFor(fault, forMs)
      .catch(onError)
      .finally(() => broken.delete(fault.of));
    broken.set(fault.of, one);
    await delay(random.below(longestGapMs));
  }
  tell(`no more faults; still broken: ${[...broken.keys()].join(", ") || "nothing"}`);
  await Promise.all(broken.values());
  if (errors.length > 0) throw new Error(`the lab itself failed: ${errors.map(String).join("; ")}`);
  await bounded(isWell(lab, say), "all to be well");
}

async function breakFor({ name, begin, end }: Fault, forMs: number): Promise<void> {
  await bounded(begin(), `${name}: its beginning`);
  await delay(forMs);
  await bounded(end(), `${name}: its end`);
}

/** Throws when something has not come about in time: a run says what it waits for, and stands still for nothing. */
async function bounded(work: Promise<unknown>, what: string): Promise<void> {
  const over = new AbortController();
  const late = delay(longestWaitMs, undefined, { signal: over.signal }).then(() => {
    throw new Error(`${what}: not within ${longestWaitMs / 1000} s`);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}

/** Every proxy sends connections to just what runs, has no other server, and fails nobody. */
async function isWell({ nodes }: Lab, say: SeededRun["say"]): Promise<void> {
  await Promise.all(nodes.map((node) => startServer(node, `${node.name}-last`)));
  const running = async () => (await Promise.all(nodes.map(runningIds))).flat().toSorted();
  const begun = performance.now();
  // Containers that Docker restarts may come up meanwhile.
  const areExact = async () => {
    const ids = await running();
    await Promise.all(nodes.map((node) => isExact(node, ids)));
  };
  await eventually(areExact, { within: exactWithinMs, every: 200 }).catch(async (error: unknown) => {
    for (const node of nodes) say(await told(node));
    throw error;
  });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  say(`exact ${seconds} s after the last fault: ${(await running()).length} containers`);
  for (const { address } of nodes) {
    const load = await openLoop({ host: address, port: chaosPort, perSecond: 100, total: 100 });
    assert.deepEqual((await load.done()).failures, []);
  }
}

/** What a node's programs say of themselves: their status, and the end of what they logged. */
async function told({ name, agent, registrar }: LabNode): Promise<string> {
  const programs = [agent, registrar].map(async (program) => {
    const status = await program.admin("/status").then(({ body }) => body, reasonOf);
    const log = (await program.log().catch(reasonOf)).trimEnd().split("\n").slice(-loggedLines);
    return [status, ...log];
  });
  return [`${name}:`, ...(await Promise.all(programs)).flat()].join("\n");
}

async function isExact(node: LabNode, running: readonly string[]): Promise<void> {
  const listener = (await node.listeners()).find(({ port }) => port === chaosPort);
  assert.deepEqual(await poolOf(node, chaosPort), running, `at ${node.name}`);
  assert.equal(listener?.servers.length, running.length, `servers of ${node.name}`);
  assert.equal((await node.agent.admin("/readyz")).body, "ready\n");
}
