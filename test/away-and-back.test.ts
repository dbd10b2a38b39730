import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { composeLabels, eventually, namesAt, pool, poolOf, proxyLabels, useLab, watchPool } from "./lab/index.ts";
import type { LabContainer, LabNode, PoolWatch } from "./lab/index.ts";
import { overfillWatches } from "./overfill-watches.ts";
import { openShop, outside } from "./shop.ts";
import type { Span } from "./shop.ts";
import { deafRedis, politeRedis } from "./stopping-redis.ts";

const survivorPort = 6381;
const within = 20_000;

describe("away for a time, under load,", () => {
  const lab = useLab({ nodes: 3 });
  const n = (number: number) => lab().node(number);
  const { port, serve, crash, end, endAll, isExact, allExact, load } = openShop(lab);

  /** A container that is told to stop and does not; its pool is watched while the other tests run. */
  const survivor = () => {
    let pools: PoolWatch | undefined;
    let container: LabContainer | undefined;
    let outMs = 0;
    const begin = async () => {
      const labels = { ...composeLabels("shop", "survivor"), ...proxyLabels(`${survivorPort}:6379`) };
      container = await n(2).runContainer({
        name: "survivor",
        labels,
        command: deafRedis("survivor"),
        options: ["--stop-timeout", "0"],
      });
      const it = pool(container);
      await eventually(async () => assert.deepEqual(await poolOf(n(2), survivorPort), it), { within });
      pools = watchPool(n(2), survivorPort);
      await container.kill("TERM");
      await eventually(async () => assert.deepEqual(await poolOf(n(2), survivorPort), []), { within });
      outMs = Date.now();
    };
    const returned = async () => {
      assert.ok(container && pools);
      const it = pool(container);
      await eventually(async () => assert.deepEqual(await poolOf(n(2), survivorPort), it), { within: 70_000 });
      const afterMs = Date.now() - outMs;
      const seen = (await pools.stop()).map(String);
      const turns = seen
        .filter((each, at) => each !== seen[at - 1])
        .map((each) => (each === String(it) ? "in" : each || "out"));
      return { turns, afterMs };
    };
    return { begin, returned };
  };
  const survives = survivor();

  before(() => survives.begin());

  afterEach(async () => {
    await endAll();
    await allExact();
  });

  it("an agent frozen through 50 changes and a compaction is exact within 5 s of waking", async () => {
    const [goes, , blinking] = await Promise.all([
      serve(n(1), { name: "goes" }),
      serve(n(3), { name: "stays" }),
      Promise.all([1, 2, 3, 4, 5].map((nth) => serve(n(2), { name: `blinks-${nth}` }))),
    ]);
    await allExact();
    const traffic = await load(n(3), { perSecond: 50 });
    let dying: Span;
    await n(3).agent.signal("SIGSTOP");
    try {
      await overfillWatches(lab().etcd);
      dying = await crash(n(1), goes);
      // No more often each than a container that is well again at once.
      for (let time = 0; time < 5; time += 1) {
        await Promise.all(blinking.map((each) => each.pause()));
        await Promise.all(blinking.map((each) => each.unpause()));
      }
      await serve(n(1), { name: "comes" });
      await Promise.all([isExact(n(1)), isExact(n(2))]);
      await lab().etcd.compact();
    } finally {
      await n(3).agent.signal("SIGCONT");
    }
    await isExact(n(3), 5000);
    assert.ok((await namesAt({ address: n(3).address, port })).includes("comes"));
    assert.deepEqual(outside(dying, (await traffic.stop()).failures), []);
    assert.match(await n(3).agent.log(), /etcd compacted its history up to revision \d+/);
  });

  it("a node cut off for 30 s costs no proxy a server that lives and is reached; all is exact within 10 s of its return", async () => {
    const perNode = (name: string) => [1, 2, 3].map((at) => ({ node: n(at), name: `${name}-${at}` }));
    const staying = await Promise.all(perNode("stays").map(({ node, name }) => serve(node, { name })));
    const leaving = await Promise.all(
      perNode("goes").map(({ node, name }) => serve(node, { name }, politeRedis(name))),
    );
    await allExact();
    // The third node and the others do not reach each other.
    const lasting = [1, 2, 3].map((at) => staying.filter((_, index) => (at === 3) === (index === 2)));
    const watches = lab().nodes.map((node) => watchPool(node, port));
    const traffic = await load(n(1), { perSecond: 50 });
    await n(3).cut();
    const cutMs = Date.now();
    const cut = delay(30_000);
    for (const [at, container] of leaving.entries()) await change(n(at + 1), container);
    await cut;
    await n(3).heal();
    await allExact(10_000);
    // One that a server of the cut node had accepted just then waits for it in vain.
    const { failures } = await traffic.stop();
    assert.deepEqual(outside({ fromMs: cutMs - 1000, toMs: cutMs }, failures), []);
    for (const [at, watch] of watches.entries()) {
      const pools = await watch.stop();
      const wanted = pool(...(lasting[at] ?? []));
      assert.ok(pools.length > 100 && wanted.length > 0, `${pools.length} answers`);
      assert.deepEqual(
        pools.filter((each) => !wanted.every((container) => each.includes(container))),
        [],
        `at n${at + 1}`,
      );
    }
  }).timeout(120_000);

  /** On each side of the cut one container ends and one comes. */
  const change = async (node: LabNode, leaves: LabContainer) => {
    await leaves.stop();
    await end(leaves);
    await serve(node, { name: `later-${node.name}` });
  };

  it("a container that survives its stopping signal takes no connections for a minute, and then does again", async () => {
    const { turns, afterMs } = await survives.returned();
    assert.deepEqual(turns, ["in", "out", "in"]);
    assert.ok(afterMs > 55_000, `after ${afterMs} ms`);
  }).timeout(90_000);
});
