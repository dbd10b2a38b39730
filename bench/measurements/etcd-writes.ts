import { setTimeout as delay } from "node:timers/promises";
import { composeLabels, eventually, proxyLabels, redisCommand, watchEtcd } from "../../test/lab/index.ts";
import type { EtcdEvent, Lab } from "../../test/lab/index.ts";
import { digits, median, whole } from "../figures.ts";
import type { Bench, Measurement } from "../measurement.ts";
import { etcdCounters } from "../parts/etcd-counters.ts";
import { inLab } from "../parts/scene.ts";

/** What a container's life and what mere being there cost etcd. */
export const etcdWrites: Measurement = {
  number: 5,
  title: "What etcd is asked for",
  run: async (bench) => {
    const repetitions = bench.isQuick ? 2 : 20;
    const idleS = bench.isQuick ? 20 : 120;
    // The agent tells when its empty listener goes: before the rest begins.
    const rows = await inLab({ agents: { LISTENER_GRACE: "1s" } }, async (lab) => {
      const lives = await livesOf(bench, lab, repetitions);
      bench.progress(`${idleS} s in which nothing happens`);
      return [...lives, ...(await idle(lab, idleS))];
    });
    return {
      table: { head: ["what", "transactions", "keys written", "bytes written"], rows },
      notes: [
        `medians of ${repetitions} containers (redis, one port) on one node; bytes: keys and values; seen by etcdctl's own watch`,
        `at rest: one registrar and one agent, counted by etcd for ${idleS} s, told per minute; LEASE_TTL is 15 s`,
      ],
    };
  },
};

const quietMs = 1500;

/** What the registrar writes when a container starts and when it is stopped. */
async function livesOf({ progress }: Bench, lab: Lab, repetitions: number): Promise<readonly (readonly string[])[]> {
  const node = lab.node(1);
  const watch = await watchEtcd(lab.etcd, "/fairway/v1/endpoints/");
  const phases = new Map<string, Written[]>();
  const labels = { ...proxyLabels("7000:6379"), ...composeLabels("bench", "lives") };
  for (let n = 0; n < repetitions; n += 1) {
    progress(`container ${n + 1} of ${repetitions}`);
    const name = `lives-${n}`;
    await note(phases, "a container starts", watch.events, async () => {
      await node.docker("run", "--detach", "--name", name, ...labelFlags(labels), "redis:alpine", ...redisCommand);
    });
    await note(phases, "docker stop", watch.events, async () => void (await node.docker("stop", name)));
    await node.docker("rm", name);
  }
  await watch.close();
  return [...phases].map(([what, all]) => {
    const of = (part: keyof Written) => median(all.map((each) => each[part]));
    return [what, String(of("revisions")), String(of("keys")), whole(of("bytes"))];
  });
}

type Written = { readonly revisions: number; readonly keys: number; readonly bytes: number };

async function note(
  phases: Map<string, Written[]>,
  what: string,
  events: () => readonly EtcdEvent[],
  act: () => Promise<void>,
): Promise<void> {
  const before = events().length;
  await act();
  await eventually(() => events().length > before, { within: 10_000 });
  await delay(quietMs);
  const seen = events().slice(before);
  const bytes = seen.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  const revisions = new Set(seen.map(({ modRevision }) => modRevision)).size;
  phases.set(what, [...(phases.get(what) ?? []), { revisions, keys: seen.length, bytes }]);
}

async function idle({ etcd }: Lab, forS: number): Promise<readonly (readonly string[])[]> {
  // The agent tells of the last change within 10 s.
  await delay(12_000);
  const [before, revision] = [await etcdCounters(etcd), await etcd.revision()];
  await delay(forS * 1000);
  const [after, revisionAfter] = [await etcdCounters(etcd), await etcd.revision()];
  const perMinute = (now: number, then: number) => digits(((now - then) * 60) / forS);
  const keepalives = perMinute(after.keepalives, before.keepalives);
  const transactions = perMinute(after.transactions, before.transactions);
  const writes = perMinute(revisionAfter, revision);
  return [[`a minute at rest (${keepalives} keepalives)`, transactions, writes, "–"]];
}

function labelFlags(labels: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(labels).flatMap(([name, value]) => ["--label", `${name}=${value}`]);
}
