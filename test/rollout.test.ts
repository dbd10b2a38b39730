import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { composeLabels, eventually, namedRedis, namesAt, openLoop, proxyLabels, useLab } from "./lab/index.ts";
import { startEngineProxy } from "../packages/registrar/test/real/engine-proxy.ts";
import { runFairway, startFairway } from "./run-fairway.ts";

const within = 30_000;
const port = 7090;

/** A service that Compose makes on one node, with two proxies. */
describe("fairway rollout", () => {
  const lab = useLab({ agents: false });
  const n1 = () => lab().node(1);
  const env = () => ({ ETCD_ENDPOINTS: lab().etcd.endpoints, DOCKER_HOST: n1().dockerHost });
  const file = () => join(lab().directory, "shop", "compose.yaml");
  const rollout = (...args: readonly string[]) => {
    const options = { wrapper: n1().wrapper, timeoutMs: 110_000 };
    return runFairway(["rollout", "web", "--file", file(), ...args], env(), options);
  };
  /** Outside of the node's processes, so that it has them to itself. */
  const start = () => startFairway(["rollout", "web", "--file", file(), "--drain", "1s"], env());
  const note = () => `registry: ${lab().etcd.endpoints}, prefix /fairway/v1, by ETCD_ENDPOINTS`;
  let fronts: readonly { readonly address: string; readonly port: number }[];

  /** Writes the file of a version. */
  const write = async (version: string, more: Readonly<Record<string, unknown>> = {}) => {
    const labels = proxyLabels(`${port}:6379`);
    const web = { image: "redis:alpine", command: namedRedis(version), labels, scale: 2, ...more };
    await mkdir(join(lab().directory, "shop"), { recursive: true });
    const db = { image: "redis:alpine", labels: proxyLabels("7091:6379"), volumes: ["/srv:/data"] };
    await writeFile(file(), JSON.stringify({ version: "2.4", services: { web, db } }));
  };
  const versions = () => Promise.all(fronts.map((front) => namesAt(front)));
  const names = async () => {
    const ofService = ["--filter", "label=com.docker.compose.service=web", "--format", "{{.Names}}"];
    return (await n1().docker("ps", "--all", ...ofService)).split("\n").toSorted();
  };
  const drains = () => lab().etcd.keys("/fairway/v1/drains/");

  before(async () => {
    const other = await n1().addProxy({ name: "other" });
    await Promise.all([n1().agent.start({ BIND_ADDRESS: n1().address }), other.agent.start()]);
    fronts = [n1().address, other.address].map((address) => ({ address, port }));
    await write("v1");
    const { code, stdout } = await rollout();
    assert.deepEqual(
      [code, ...stdout],
      [0, "shop/web: Compose makes 2 containers", "shop_web_1, shop_web_2: routed on n1/other, n1/proxy"],
    );
  });

  it("leaves the old containers alone when the new ones turn unhealthy, when a label of theirs is refused, beside another rollout, and at Ctrl-C", async () => {
    const before = await names();
    const kept = "shop_web_1, shop_web_2: left as before";
    await write("bad", { scale: 1, healthcheck: { test: ["CMD", "ls", "/nowhere"], interval: "1s", retries: 1 } });
    const unhealthy = await rollout();
    assert.equal(unhealthy.code, 3, unhealthy.stderr.join("\n"));
    assert.match(unhealthy.stderr[1] ?? "", /^shop_web_3 is unhealthy: /);
    assert.equal(unhealthy.stderr.at(-1), kept);
    await write("bad", { scale: 1, labels: proxyLabels(`${port}:6379, 99999`) });
    const refused = await rollout();
    assert.deepEqual([refused.code, refused.stderr.at(-1)], [3, kept]);
    assert.match(refused.stderr[1] ?? "", /: its registrar refuses what its labels ask for$/);
    await write("bad", { scale: 1, healthcheck: { test: ["CMD", "ls", "/"], interval: "60s" } });
    const interrupted = start();
    await eventually(async () => assert.equal((await names()).length, 3), { within });
    const second = await rollout();
    assert.deepEqual([second.code, second.stdout], [3, []]);
    assert.match(
      second.stderr.at(-1) ?? "",
      /^nothing was done: shop\/web is being rolled out by process \d+ on \S+ since /,
    );
    assert.equal(await interrupted.interrupt(), 124);
    assert.deepEqual([await names(), await versions(), await drains()], [before, [["v1"], ["v1"]], []]);
  });

  it("leaves no new container behind when its engine is away for a while", async () => {
    const before = await names();
    const engine = await startEngineProxy(n1().dockerHost);
    await write("bad", { scale: 1, healthcheck: { test: ["CMD", "ls", "/"], interval: "60s" } });
    const args = ["rollout", "web", "--file", file(), "--timeout", "2s", "--drain", "1s"];
    const failing = startFairway(args, { ...env(), DOCKER_HOST: engine.dockerHost });
    await eventually(async () => assert.equal((await names()).length, 3), { within, every: 10 });
    engine.rule({ path: /./, answer: 503 });
    const said = () => failing.stderr().join("\n");
    await eventually(() => assert.match(said(), /: waiting up to 30 s$/m), { within });
    engine.rule();
    const code = await failing.ended;
    await engine.close();
    // Compose itself may fail by that.
    const expected = said().includes("Compose failed:") ? 1 : 124;
    assert.deepEqual([code, failing.stderr().at(-1)], [expected, "shop_web_1, shop_web_2: left as before"], said());
    assert.deepEqual([await names(), await drains()], [before, []]);
  });

  it("ends what one that was killed has begun, and fails no connection of 1,000", async () => {
    await write("v2");
    const loads = await Promise.all(fronts.map(({ address }) => openLoop({ host: address, port, perSecond: 60 })));
    const killed = start();
    await eventually(async () => assert.ok((await names()).length > 2), { within, every: 10 });
    await killed.kill();
    await eventually(async () => assert.equal((await names()).length, 4), { within });
    const { code, stdout, stderr } = await runFairway(["rollout", "web", "--file", file()], env(), {
      timeoutMs: 110_000,
    });
    await eventually(async () => assert.deepEqual(await versions(), [["v2"], ["v2"]]), { within });
    const results = await Promise.all(loads.map((load) => load.stop()));
    assert.deepEqual([code, stderr[0]], [0, note()]);
    assert.deepEqual(stdout.slice(-3), [
      "shop_web_3, shop_web_4: routed on n1/other, n1/proxy",
      "shop_web_1, shop_web_2: drained; no connection is left",
      "shop_web_1, shop_web_2: removed",
    ]);
    assert.deepEqual(
      results.flatMap(({ failures }) => failures),
      [],
    );
    const started = results.reduce((sum, each) => sum + each.started, 0);
    assert.ok(started >= 1000, `${started} connections`);
    assert.deepEqual([await names(), await drains()], [["shop_web_3", "shop_web_4"], []]);
  });

  it("does nothing where it would not go without loss, and says why", async () => {
    const before = await names();
    await write("v3", { ports: ["8080:6379"], container_name: "web", network_mode: "host" });
    const { code, stdout, stderr } = await rollout();
    assert.deepEqual([code, stdout], [3, []]);
    const nothing = "nothing was done, as this cannot be rolled out without loss:";
    assert.deepEqual(stderr.slice(1), [
      nothing,
      "web: container_name: web is the name of one container alone: leave it out",
      "web: network_mode: host: two of it would listen on the same ports of this machine",
      "web: port 8080 of this machine is published, which one container has at a time: publish without a number",
    ]);
    assert.deepEqual(await names(), before);
    await n1().runContainer({ name: "shop_db_1", labels: composeLabels("shop", "db") });
    const alone = await runFairway(["rollout", "db", "--file", file()], env());
    assert.deepEqual([alone.code, alone.stdout, alone.stderr[1]], [3, [], nothing]);
    assert.match(alone.stderr[2] ?? "", /^db: \/srv at \/data: one container writes there, and two would for a while/);
    assert.match(await n1().docker("ps", "--format", "{{.Names}}"), /^shop_db_1$/m);
  });

  it("takes nothing away, if it fails, where another has removed meanwhile what served", async () => {
    const old = await names();
    await write("v2", { environment: { BUILD: "2" } });
    const interrupted = start();
    await eventually(async () => assert.equal((await names()).length, 4), { within });
    await n1().docker("rm", "--force", ...old);
    assert.equal(await interrupted.interrupt(), 124);
    assert.equal((await names()).filter((name) => !old.includes(name)).length, 2);
    const { code, stderr } = await rollout();
    assert.equal(code, 0, stderr.join("\n"));
    assert.deepEqual(await versions(), [["v2"], ["v2"]]);
  });
});
