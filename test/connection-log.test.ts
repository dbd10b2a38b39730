import assert from "node:assert/strict";
import { composeLabels, eventually, holdConnection, namedRedis, namesAt, proxyLabels, useLab } from "./lab/index.ts";
import { runFairway, startFairway } from "./run-fairway.ts";

const within = 30_000;

type Entry = Readonly<Record<string, unknown>>;

/** Two nodes with a proxy each. */
describe("the log of connections, by fairway logs,", () => {
  const lab = useLab({ nodes: 2, agents: false });
  const admin = () => `${lab().node(1).address}:7381`;
  const env = () => ({ ETCD_ENDPOINTS: lab().etcd.endpoints, ADMIN_LISTEN: admin() });
  const notes = () => ["log of n1/proxy", "not asked: n2/proxy (no API_LISTEN there)"];
  const front = (port: number) => ({ address: lab().node(1).address, port });
  const json = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runFairway(["logs", "-o", "json", ...args], env());
    return { code, stderr, entries: stdout.map((line) => JSON.parse(line) as Entry) };
  };
  const metric = async (name: string) => {
    const { body } = await lab().node(1).agent.admin("/metrics");
    return body.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  };

  before(async () => {
    await Promise.all(
      lab().nodes.map(({ agent, address }) => agent.start({ BIND_ADDRESS: address, CONNECTION_LOG: "on" })),
    );
    const start = (service: string, port: number, more: Readonly<Record<string, string>> = {}) =>
      lab()
        .node(2)
        .runContainer({
          labels: { ...composeLabels("shop", service), ...proxyLabels(`${port}:6379`), ...more },
          command: namedRedis(service),
          publish: ["6379"],
        });
    await Promise.all([start("web", 7061), start("idle", 7062, { "aliyun.proxy.IDLE": "1s" })]);
    for (const [service, port] of [["web", 7061] as const, ["idle", 7062] as const]) {
      await eventually(async () => assert.deepEqual(await namesAt(front(port), 1), [service]), { within });
    }
  });

  it("tells of a service whose each connection was and why it ended, and which proxies were not asked", async () => {
    const text = await eventually(
      async () => {
        const ran = await runFairway(["logs", "shop/web"], env());
        assert.ok(ran.stdout.length > 0);
        return ran;
      },
      { within },
    );
    assert.deepEqual([text.code, text.stderr], [4, notes()]);
    const line =
      /^\S+Z {2}[0-9.]+:[0-9]+ → 7061 {2}shop\/web [0-9a-f]{12}@n2 {2}[0-9]+ B in, [0-9]+ B out, \S+ m?s {2}.+ \(--\)$/;
    assert.match(text.stdout[0] ?? "", line);
    const { entries } = await json("shop/web");
    assert.deepEqual([...new Set(entries.map((each) => [each["project"], each["service"]].join("/")))], ["shop/web"]);
    const { code, stderr, entries: none } = await json("shop/nosuch");
    assert.deepEqual([code, stderr, none], [4, notes(), []]);
  });

  it("goes on with -f until it is interrupted, with what IDLE ended, which the metrics count", async () => {
    const following = startFairway(["logs", "-p", "shop", "idle", "-f"], env());
    const silent = await holdConnection(front(7062).address, 7062);
    await eventually(
      () => assert.ok(following.stdout().some((line) => line.endsWith("no byte came for 1 s, which IDLE allows (cD)"))),
      { within },
    );
    silent.close();
    assert.equal(await following.interrupt(), 0);
    await eventually(
      async () => {
        const [counted = ""] = await metric("fairway_service_idle_ended_total");
        assert.match(counted, /^fairway_service_idle_ended_total\{project="shop",service="idle"\} [1-9]/);
      },
      { within },
    );
  });

  it("has what ended while an agent was stopped for 5 s, and while it had been killed", async () => {
    const { agent } = lab().node(1);
    await agent.signal("SIGSTOP");
    const stopped = Date.now();
    const isSince = ({ time }: Entry) => Date.parse(String(time)) >= stopped;
    const since = async () => (await json("shop/web")).entries.filter(isSince).length;
    await namesAt(front(7061), 50);
    await eventually(() => assert.ok(Date.now() - stopped >= 5000), { within });
    await agent.signal("SIGCONT");
    await eventually(async () => assert.equal(await since(), 50), { within });
    await agent.signal("SIGKILL");
    await namesAt(front(7061), 50);
    await agent.start();
    await eventually(async () => assert.equal(await since(), 100), { within });
    assert.deepEqual(await metric("fairway_connection_log_lost_total"), ["fairway_connection_log_lost_total 0"]);
  });
});
