import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Lab, LabNode, LabOptions } from "../lab/index.ts";
import { seededRandom } from "../random.ts";
import type { SeededRun } from "../seeded-run.ts";
import type { Attack } from "./attack.ts";
import { containerAttacks } from "./container-attacks.ts";
import { startDatabase, visitDatabase } from "./database.ts";
import { makeEtcdUsers, type EtcdUsers } from "./etcd-users.ts";
import { registryAttacks } from "./registry-attacks.ts";
import { assertNothingLeaked, assertSmall, residentMb } from "./traces.ts";

/** A heap that what programs keep has to fit in: what they grow by is then not what was not collected yet. */
const heap = { NODE_OPTIONS: "--max-old-space-size=64 --max-semi-space-size=2" };

/** Three nodes and an etcd with users; the strangers' containers run on the last node, whose registrar is theirs. */
export const hostileLab: LabOptions = {
  nodes: 3,
  isSecured: true,
  registrars: false,
  agents: { ADDITIONAL_SERVICES: "*", ...heap },
};

const atOnce = 3;
const longestGapMs = 400;

/**
 * Strangers try what they can beside a database that has 200 new connections a second. Throws when one of those failed or
 * was answered by anybody else, when a secret got out, or when programs or the registry grew.
 */
export async function beHostile(lab: Lab, { seed, seconds, say }: SeededRun): Promise<void> {
  const users = await makeEtcdUsers(lab, lab.node(3));
  const settingsOf = ({ name }: LabNode) => (name === "n3" ? { ...users.settings, ...heap } : heap);
  await Promise.all(lab.nodes.map((node) => node.registrar.start(settingsOf(node))));
  const names = await startDatabase(lab);
  const visits = await visitDatabase(lab);
  await delay(3000);
  const before = await tryAll(lab, users, { seed, seconds, say });
  const results = await Promise.all(visits.map((visit) => visit.stop()));
  const started = results.reduce((sum, result) => sum + result.started, 0);
  const failures = results.flatMap((result) => result.failures);
  say(`${started} connections, ${failures.length} failed`);
  assert.deepEqual(failures, []);
  const answered = new Set(results.flatMap((result) => Object.keys(result.lastBegunMs)));
  assert.deepEqual([...answered].toSorted(), names.toSorted());
  await assertNothingLeaked(lab);
  await assertSmall(lab, before, say);
}

/**
 * Each attempt once, then any of them until the time is over; several at a time. Answers the memory of the programs once
 * they had seen each.
 */
async function tryAll(lab: Lab, users: EtcdUsers, run: SeededRun): Promise<ReadonlyMap<string, number>> {
  const { seed, seconds, say } = run;
  const random = seededRandom(seed);
  const attacks = [...containerAttacks(lab.node(3), random), ...registryAttacks(lab, users, random)];
  const untried = [...attacks];
  const begun = performance.now();
  const passed = () => (performance.now() - begun) / 1000;
  const once = async (attack: Attack) => {
    say(`${passed().toFixed(1)} s: ${attack.name}`);
    await attack.try();
    await delay(random.below(longestGapMs));
  };
  await byAll(async () => {
    while (untried.length > 0) await once(random.take(untried));
  });
  const resident = await residentMb(lab);
  await byAll(async () => {
    while (passed() < seconds) await once(random.oneOf(attacks));
  });
  return resident;
}

async function byAll(act: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: atOnce }, act));
}
