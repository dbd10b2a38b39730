import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { nodeKey, proxyKey, waitKey } from "@fairway/contract";
import { subscribe, type SubscriptionEvent } from "@fairway/registry";
import { bridge, given, keyOf } from "../given.ts";
import { agentHome, ready, type AgentHome } from "./kit/agent-process.ts";
import { eventually } from "./kit/client.ts";
import { openRegistryStage, type RegistryStage } from "./kit/registry-stage.ts";

const key = proxyKey("node-1", "proxy");
const worker = { project: "ci", service: "job" };

describe("the record that a proxy writes of itself", () => {
  let stage: RegistryStage;
  let home: AgentHome;
  let watch: AbortController;
  /** When it was written, ms of `performance.now()`. */
  let writes: number[];

  before(async () => {
    stage = await openRegistryStage([]);
  });

  beforeEach(async () => {
    await stage.clear();
    home = await agentHome();
    watch = new AbortController();
    writes = [];
    const onEvent = (event: SubscriptionEvent) => {
      if (event.type !== "changed") return;
      for (const { type } of event.changes) if (type === "put") writes.push(performance.now());
    };
    void subscribe({ client: stage.client, selectors: [{ key }], onEvent, signal: watch.signal });
    await stage.put(given().node("node-1").node("node-2"));
    home.start(stage.env);
    await ready(home);
    await eventually("it is there", async () => writes.length > 0);
  });

  afterEach(async () => {
    watch.abort();
    await home.clear();
  });
  after(() => stage.close());

  /** A container of another node comes that this proxy does not reach, and the one before it goes. */
  const turnOver = async (nth: number) => {
    const facts = (at: number) => ({ node: "node-2", container: `job-${at}`, addresses: [bridge("172.17.0.9")] });
    await stage.put(given().service(worker.project, worker.service).endpoint(facts(nth)));
    await stage.remove(keyOf(worker, facts(nth - 1)));
  };

  it("is written once in 10 s, however many refusals come and go and however often somebody deletes it", async () => {
    let turns = 0;
    const isWrittenTwiceMore = async () => {
      await turnOver((turns += 1));
      if (turns % 4 === 0) await stage.remove(key);
      await delay(100);
      return writes.length > 2;
    };
    await eventually("it is written twice more", isWrittenTwiceMore, 40_000);
    const gaps = writes.slice(1).map((at, nth) => at - (writes[nth] ?? 0));
    assert.ok(Math.min(...gaps) > 8000, `${gaps.map(Math.round).join(" ms, ")} ms between writes`);
    const rejections = (await home.status()).rejections.filter(({ code }) => code === "unreachable");
    assert.ok(turns > 50 && rejections.length > 0, `${turns} turns, ${rejections.length} refusals`);
  });

  it("is written twice a second in the long run, however many wait for what it tells", async () => {
    const { lease } = await stage.client.grantLease(60_000);
    const begun = performance.now();
    let waits = 0;
    while (performance.now() < begun + 6000) {
      const { revision } = await stage.client.get([nodeKey("node-1")]);
      const value = JSON.stringify({ v: 1, revision: String(revision) });
      await stage.client.transact([], [{ type: "put", key: waitKey(`w${(waits += 1)}`), value, lease }]);
      await delay(20);
    }
    const count = writes.filter((at) => at > begun).length;
    const most = 10 + (2 * (performance.now() - begun)) / 1000 + 3;
    assert.ok(waits > most && count > 10 && count <= most, `${count} writes for ${waits} who waited`);
  });
});
