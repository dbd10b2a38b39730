import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { composeLabels, eventually, namedRedis, pool, poolOf, proxyLabels, useLab, whoAnswers } from "./lab/index.ts";
import type { LabContainer, LabNode } from "./lab/index.ts";
import { openShop, outside } from "./shop.ts";
import { politeRedis } from "./stopping-redis.ts";
import { signalledAtMs } from "./told-by-engine.ts";

/** A listener that nothing happens to. */
const calmPort = 6380;
const within = 20_000;

describe("under load, with default settings,", () => {
  const lab = useLab({ nodes: 3 });
  const n = (number: number) => lab().node(number);
  const { port, serve, crash, endAll, allExact, load } = openShop(lab);

  before("serve what takes connections beside those that a test is about", async () => {
    const labels = { ...composeLabels("shop", "calm"), ...proxyLabels(`${calmPort}:6379`) };
    await n(2).runContainer({ name: "calm", labels, publish: ["6379"], command: namedRedis("calm") });
    await eventually(async () => assert.equal((await poolOf(n(1), calmPort)).length, 1), { within });
  });

  afterEach(async () => {
    await endAll();
    await allExact();
  });

  const servePair = async (name: string) => {
    const [first] = await Promise.all([serve(n(1), { name }), serve(n(2), { name: "stays" })]);
    await allExact();
    return first;
  };

  /** Kills one of two servers at 200 new connections a second. */
  const crashUnderLoad = async (victim: LabContainer) => {
    const [traffic, calm] = await Promise.all([port, calmPort].map((each) => load(n(1), { port: each, total: 1000 })));
    await delay(1500);
    const dying = await crash(n(1), victim);
    const [result, usual] = await Promise.all([traffic?.done(), calm?.done()]);
    assert.ok(result && usual);
    assert.deepEqual(outside(dying, result.failures), [], `it died from ${dying.fromMs} to ${dying.toMs}`);
    assert.deepEqual([result.started, usual.started, usual.failures.length], [1000, 1000, 0]);
    assert.deepEqual(Object.keys(result.lastBegunMs).toSorted(), [victim.name, "stays"]);
    // A machine that many share adds some to every connection, whatever becomes of a server.
    const limitMs = 300 + usual.worstMs;
    assert.ok(result.worstMs <= limitMs, `one took ${result.worstMs} ms, elsewhere ${usual.worstMs} ms`);
  };

  it("one of two servers that crashes fails no connection of 1,000, and delays none by more than 300 ms", async () => {
    await crashUnderLoad(await servePair("dies"));
  });

  it("nor does one that crashes while no registrar is there to tell", async () => {
    const victim = await servePair("dies-untold");
    const { registrar } = n(1);
    await registrar.signal("SIGSTOP");
    try {
      await crashUnderLoad(victim);
    } finally {
      await registrar.signal("SIGCONT");
    }
  });

  it("three replicas that finish politely are restarted one after the other: no connection fails, none goes to one that stops", async () => {
    const names = ["first", "second", "third"];
    const replicas = await Promise.all(names.map((name, at) => serve(n(at + 1), { name }, politeRedis(name))));
    await allExact();
    for (const [at, replica] of replicas.entries()) {
      const traffic = await load(n(1));
      await delay(300);
      await replica.stop();
      const { failures, lastBegunMs } = await traffic.stop();
      const lateMs = (lastBegunMs[names[at] ?? ""] ?? 0) - (await signalledAtMs(n(at + 1), replica));
      assert.deepEqual(failures, []);
      assert.deepEqual(Object.keys(lastBegunMs).toSorted(), [...names].toSorted());
      assert.ok(lateMs < 200, `a connection began ${lateMs} ms after the stopping signal`);
      await replica.start();
      await allExact();
    }
  });

  it("a node that starts without etcd serves within 3 s what it served last", async () => {
    const [near, far] = await Promise.all([serve(n(1), { name: "near" }), serve(n(2), { name: "far" })]);
    await allExact();
    await isRemembered(n(1), near, far);
    await Promise.all(lab().etcd.members.map((member) => Promise.resolve(member.signal("SIGKILL"))));
    await lab().etcd.stop();
    const { agent, registrar, stateDir, run, address } = n(1);
    await agent.signal("SIGKILL");
    await registrar.signal("SIGKILL");
    await run("pkill", "-9", "--full", `haproxy .*${stateDir}/`);
    const answer = () => whoAnswers({ address, port });
    await eventually(async () => assert.equal(await answer(), "ECONNREFUSED"), { within });
    const [atRest, begun] = [await howLongMs(() => agent.subcommand("--version")), performance.now()];
    agent.launch();
    await eventually(async () => assert.match(await answer(), /^(near|far)$/), { within });
    const tookMs = performance.now() - begun;
    // Three seconds on a machine that starts a program in half of one; more where everything takes longer.
    assert.ok(tookMs < Math.max(3000, 6 * atRest), `it took ${tookMs} ms, a mere start ${atRest} ms`);
    assert.deepEqual(await poolOf(n(1), port), pool(near, far));
    const traffic = await load(n(1));
    await lab().etcd.start();
    await registrar.start();
    await eventually(async () => assert.equal((await agent.admin("/readyz")).body, "ready\n"), { within });
    assert.deepEqual((await traffic.stop()).failures, []);
  });

  /** Files follow what runs within a second. */
  const isRemembered = ({ stateDir }: LabNode, ...containers: readonly LabContainer[]) =>
    eventually(
      async () => {
        const { memory } = JSON.parse(await readFile(join(stateDir, "snapshot.json"), "utf8")) as Snapshot;
        const { endpoints } = memory.view;
        const ready = endpoints.filter(({ state }) => state === "ready").map(({ at }) => at.container12);
        for (const { id } of containers) assert.ok(ready.includes(id.slice(0, 12)), JSON.stringify(endpoints));
      },
      { within: 2000, isPromised: true },
    );
});

/** What stands in a proxy's snapshot.json of its endpoints. */
type Snapshot = {
  readonly memory: { readonly view: { readonly endpoints: readonly Remembered[] } };
};

type Remembered = { readonly state: string; readonly at: { readonly container12: string } };

async function howLongMs(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
