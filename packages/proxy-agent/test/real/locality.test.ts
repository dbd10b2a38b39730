import assert from "node:assert/strict";
import type { Listener } from "@fairway/haproxy";
import { decide } from "../facts.ts";
import { given, published } from "../given.ts";
import { connectLasting, eventually, load, whoAnswers } from "./kit/client.ts";
import type { EchoServer } from "./kit/echo-server.ts";
import { useStage } from "./kit/use-stage.ts";
import { onLoopback } from "./kit/loopback.ts";

const nearNames = ["near-1", "near-2", "near-3"];
const farNames = Array.from({ length: 50 }, (_, at) => `far-${at}`);
const oftenChecked = ["check", "inter", "200", "rise", "1", "fall", "2"];
const seldomChecked = ["check", "inter", "60s"];

describe("servers near the proxy", () => {
  const at = useStage([...nearNames, ...farNames], 1);
  const port = () => at().ports[0] ?? 0;

  /** So many near servers and far ones, as the agent of node-1 has them. */
  function listenerOf(
    nearCount: number,
    farCount: number,
    { checkOptions = oftenChecked, MAXCONN = "100" } = {},
  ): Listener {
    const records = given().node("node-1", { address: "198.18.0.1" }).node("node-2", { address: "198.18.0.2" });
    records.service("shop", "echo");
    const add = ({ name, port: at }: EchoServer, node: string) =>
      records.endpoint({
        container: name,
        node,
        addresses: [published(node === "node-1" ? "198.18.0.1" : "198.18.0.2", at)],
        listen: [{ port: port(), ssl: false }],
        settings: { LOCALITY: "node", MAXCONN },
      });
    for (const each of at().echoes.slice(0, nearCount)) add(each, "node-1");
    for (const each of at().echoes.slice(3, 3 + farCount)) add(each, "node-2");
    const [listener] = decide(records, { addresses: ["127.0.0.1"], checkOptions }).listeners;
    assert.ok(listener);
    return onLoopback(listener);
  }

  async function serve(...listener: Parameters<typeof listenerOf>): Promise<string> {
    const { stage } = at();
    const outcome = await stage.apply(stage.desired([listenerOf(...listener)]));
    assert.ok(outcome.ok, JSON.stringify(outcome));
    return outcome.how;
  }

  async function answers(count: number): Promise<readonly string[]> {
    const found: string[] = [];
    for (let index = 0; index < count; index += 1) found.push(await whoAnswers(port()));
    return found;
  }

  it("get at least 95 % of the connections, with 1 near one and 1 to 50 far ones, and with 3 near and 50 far: all at run time", async () => {
    await serve(1, 1);
    for (const [nearCount, farCount, helping] of [
      [1, 1, 1],
      [1, 13, 13],
      [1, 50, 13],
      [3, 50, 39],
    ] as const) {
      const how = await serve(nearCount, farCount);
      assert.ok(["runtime", "none"].includes(how), how);
      const all = await answers(nearCount * 256 + helping);
      const share = all.filter((who) => who.startsWith("near")).length / all.length;
      assert.ok(share >= 0.95, `${share} of the connections with ${nearCount} near and ${farCount} far`);
    }
  });

  it("have far ones take what they have no room for, at once", async () => {
    await serve(1, 50, { MAXCONN: "2" });
    const lasting = await Promise.all(Array.from({ length: 24 }, () => connectLasting(port())));
    assert.equal(lasting.filter(({ server }) => server === "near-1").length, 2);
    const begun = performance.now();
    assert.ok((await whoAnswers(port())).startsWith("far"));
    assert.ok(performance.now() - begun < 1000);
    for (const each of lasting) each.close();
  });

  it("have far ones take what they refuse, before a check says that they are down", async () => {
    await serve(3, 50, { checkOptions: seldomChecked });
    await Promise.all(
      at()
        .echoes.slice(0, 3)
        .map((echo) => echo.close()),
    );
    assert.ok((await answers(100)).every((who) => who.startsWith("far")));
  });

  it("have far ones serve, all of them, once they are gone, and come back: no connection fails", async () => {
    await serve(1, 50);
    const clients = load(port());
    const hows = [await serve(0, 50)];
    const without = new Set<string>();
    await eventually("all far ones answer", async () => {
      for (const who of await answers(50)) without.add(who);
      return without.size === 50;
    });
    hows.push(await serve(3, 50));
    await eventually("near ones answer nearly all again", async () => {
      return (await answers(100)).filter((who) => who.startsWith("near")).length >= 90;
    });
    const { failures } = await clients.stop();
    assert.deepEqual([failures, hows], [[], ["runtime", "runtime"]]);
  });
});
