import assert from "node:assert/strict";
import type { ListenerList } from "@fairway/haproxy";
import { given, published } from "../given.ts";
import { ask } from "@fairway/standalone";
import { freePorts } from "../../../../test/free-ports.ts";
import { agentHome, ready } from "./kit/agent-process.ts";
import { eventually } from "./kit/client.ts";
import { openRegistryStage } from "./kit/registry-stage.ts";
import { connectFrom } from "./kit/source.ts";
import { listener, openStage, serverAt, type Stage } from "./kit/stage.ts";
import { useStage } from "./kit/use-stage.ts";

const from = { services: ["shop/echo"], settings: [] };

/** Connects so often, one after the other; how many were refused. */
async function refusedOf(count: number, source: string, port: number): Promise<number> {
  let refused = 0;
  for (let index = 0; index < count; index += 1) {
    const socket = await connectFrom(source, port);
    socket?.destroy();
    refused += Number(socket === undefined);
  }
  return refused;
}

describe("refused connections", () => {
  const at = useStage(["a"], 1);
  const port = () => at().ports[0] ?? 0;

  async function serve(lists: readonly ListenerList[], stage: Stage, maxconn = 1000) {
    const servers = at().echoes.map((echo) => serverAt(echo));
    const outcome = await stage.apply(stage.desired([listener(port(), servers, { lists })], { maxconn }));
    assert.ok(outcome.ok, JSON.stringify(outcome));
    return outcome.how;
  }
  const counts = ({ refused }: Stage) => {
    refused.lookNow();
    return refused.totals.map(({ listener: of, reason, count }) => `${of === port()} ${reason} ${count}`).sort();
  };
  const deniedIn = ({ refused }: Stage) => refused.totals.find(({ reason }) => reason === "deny")?.count ?? 0;
  const told = ({ lines }: Stage) => lines.filter(({ msg }) => msg === "connections refused");

  const lists: readonly ListenerList[] = [
    { kind: "deny", networks: ["127.0.0.2"], from },
    { kind: "allow", networks: ["127.0.0.2", "127.0.0.3", "127.0.0.4"], from },
    { kind: "rate", most: 5, per: "1m", from },
  ];

  it("are counted by listener and reason, each one once, over a reload too, and told with their sources", async () => {
    const { stage } = at();
    await serve(lists, stage);
    assert.equal(await refusedOf(30, "127.0.0.2", port()), 30);
    assert.equal(await refusedOf(20, "127.0.0.9", port()), 20);
    assert.equal(await refusedOf(15, "127.0.0.3", port()), 10);
    await eventually("all are counted", () => counts(stage).join() === "true allow 20,true deny 30,true rate 10");
    assert.equal(await refusedOf(7, "127.0.0.2", port()), 7);
    assert.equal(await serve(lists, stage, 999), "reload");
    assert.equal(await refusedOf(3, "127.0.0.2", port()), 3);
    await eventually("all are counted", () => counts(stage).join() === "true allow 20,true deny 40,true rate 10");
    const denied = told(stage).filter(({ reason }) => reason === "deny");
    assert.equal(
      denied.reduce((sum, { count }) => sum + Number(count), 0),
      40,
    );
    assert.match(String(denied[0]?.["sources"]), /^127\.0\.0\.2 \(\d+\)$/);
  });

  it("are counted each one once while reloads follow one another under load", async () => {
    const { stage } = at();
    await serve(lists, stage);
    const already = deniedIn(stage);
    const offering = new AbortController();
    const load = async () => {
      let refused = 0;
      while (!offering.signal.aborted) refused += await refusedOf(1, "127.0.0.2", port());
      return refused;
    };
    const loads = [load(), load()];
    for (const maxconn of [901, 902, 903, 904, 905]) assert.equal(await serve(lists, stage, maxconn), "reload");
    offering.abort();
    const refused = (await Promise.all(loads)).reduce((sum, each) => sum + each, 0);
    await eventually("the last worker is counted", () => {
      stage.refused.lookNow();
      return deniedIn(stage) - already >= refused;
    });
    await eventually("no worker is held any longer", async () => (await stage.processes()).oldWorkers.length === 0);
    assert.equal(deniedIn(stage) - already, refused);
    const rows = (await ask(stage.paths.socket, "show table fairway/refused")).match(/^0x.*$/gm) ?? [];
    assert.ok(rows.length > 0);
    assert.deepEqual(
      rows.filter((line) => !/ exp=[1-9][0-9]{0,5} /.test(line)),
      [],
      "every row expires",
    );
  });

  it("of an adopted HAProxy are counted as it counted them, and told no second time", async () => {
    await serve(lists, at().stage);
    await refusedOf(4, "127.0.0.2", port());
    await at().stage.leave();
    const next = await openStage({ statsPort: at().statsPort, directory: at().stage.paths.directory });
    try {
      await serve(lists, next);
      await eventually("they are counted", () => counts(next).join() === "true deny 4");
      assert.deepEqual(told(next), []);
      await refusedOf(1, "127.0.0.2", port());
      next.refused.lookNow();
      await eventually(
        "the next is told",
        () =>
          told(next)
            .map(({ count }) => count)
            .join() === "1",
      );
    } finally {
      await next.leave();
    }
  });

  it("are a metric of the agent, also by what an operator sets", async () => {
    const [home, registry, [front = 0]] = await Promise.all([agentHome(), openRegistryStage(["a"]), freePorts(1)]);
    try {
      const behind = {
        node: "node-1",
        container: "a",
        addresses: [published("127.0.0.1", registry.echo("a").port)],
        listen: [{ port: front, ssl: false }],
        settings: { ALLOW: "127.0.0.0/8", RATE: "500/s per source" },
      };
      const records = given().service("shop", "db").node("node-1", { address: "127.0.0.1" }).endpoint(behind);
      await registry.put(records.operator("shop", "db", { rate: "3/m", DENY: "127.0.0.2" }));
      home.start(registry.env);
      await ready(home);
      await eventually("it is served", async () => (await refusedOf(1, "127.0.0.3", front)) === 0);
      assert.equal(await refusedOf(5, "127.0.0.2", front), 5);
      assert.equal(await refusedOf(9, "127.0.0.4", front), 6);
      const counted = async () =>
        (await home.admin("/metrics"))[1].match(/^fairway_agent_refused_connections_total.*/gm);
      const name = (reason: string) =>
        `fairway_agent_refused_connections_total{listener="${front}",reason="${reason}"}`;
      await eventually(
        "both are in the metrics",
        async () => (await counted())?.sort().join() === [`${name("deny")} 5`, `${name("rate")} 6`].join(),
      );
    } finally {
      await home.clear();
      await registry.close();
    }
  });
});
