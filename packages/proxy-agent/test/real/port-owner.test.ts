import assert from "node:assert/strict";
import { freePorts } from "../../../../test/free-ports.ts";
import { startStopwatch } from "../../../../test/lab/stalled.ts";
import { given, keyOf, keyOfClaim, published, type Given } from "../given.ts";
import { agentHome, ready, type AgentHome } from "./kit/agent-process.ts";
import { allWhoAnswer, eventually, whoAnswers } from "./kit/client.ts";
import { openRegistryStage, type RegistryStage } from "./kit/registry-stage.ts";

describe("a front port that two projects ask for", () => {
  let stage: RegistryStage;
  let home: AgentHome;
  let port: number;

  before(async () => {
    stage = await openRegistryStage(["shop", "evil"]);
  });

  beforeEach(async () => {
    home = await agentHome();
    [port = 0] = await freePorts(1);
    await stage.clear();
  });

  afterEach(() => home.clear());
  after(() => stage.close());

  const env = () => stage.env;
  const put = (records: Given) => stage.put(records);
  const remove = (key: string) => stage.remove(key);
  const factsOf = (project: string) => ({
    container: project,
    addresses: [published("127.0.0.1", stage.echo(project).port)],
    listen: [{ port, ssl: false }],
  });
  const node = () => given().node("node-1", { address: "127.0.0.1" });
  const claimed = (project: string) => node().service(project, "db").endpoint(factsOf(project));
  const unclaimed = (project: string) => node().of(project, "db").endpoint(factsOf(project));
  const keyOfEndpoint = (project: string) => keyOf({ project, service: "db" }, { container: project });
  const codes = async () => (await home.status()).rejections.map(({ code, key }) => `${code} ${key}`);
  const answers = () => whoAnswers(port).catch(() => "nobody");
  const isRefused = (project: string) =>
    eventually(`${project} is refused`, async () => (await codes()).includes(`port-owned ${keyOfEndpoint(project)}`));

  it("serves the older claim's, and the other once that has ended with all of its holder", async () => {
    home.start(env());
    await put(claimed("shop"));
    await put(claimed("evil"));
    await ready(home);
    await isRefused("evil");
    assert.deepEqual(await allWhoAnswer(port), ["shop"]);
    await remove(keyOfClaim("shop", port));
    await remove(keyOfEndpoint("shop"));
    await eventually("evil answers", async () => (await answers()) === "evil");
    assert.deepEqual(await codes(), []);
  });

  it("is its claimant's while that has no endpoint", async () => {
    await put(claimed("shop"));
    await put(claimed("evil"));
    home.start(env());
    await ready(home);
    await remove(keyOfEndpoint("shop"));
    await eventually("nobody is served", async () => (await home.status()).listeners[0]?.servers.length === 0);
    assert.equal(await answers(), "nobody");
    await isRefused("evil");
  });

  it("waits 3 s for a claim, then serves an endpoint without one, tells so, and yields to who claims it", async () => {
    home.start(env());
    await ready(home);
    const [from, workedMs] = [performance.now(), startStopwatch(4500)];
    await put(unclaimed("evil"));
    await eventually("evil answers", async () => (await answers()) === "evil");
    const [waited, waitedAtMost] = [performance.now() - from, workedMs()];
    assert.ok(
      waited > 2900 && waitedAtMost < 4500,
      `${waited} ms, of which at most ${waitedAtMost} ms had a processor`,
    );
    assert.deepEqual(await codes(), [`claim-missing ${keyOfClaim("evil", port)}`]);
    await put(claimed("shop"));
    await eventually("shop answers", async () => (await answers()) === "shop");
    assert.deepEqual(await codes(), [`port-owned ${keyOfEndpoint("evil")}`]);
  });

  it("is known to the next agent, which starts without the registry", async () => {
    await put(claimed("shop"));
    await put(claimed("evil"));
    const first = home.start(env());
    await ready(home);
    await eventually("shop answers", async () => (await answers()) === "shop");
    await first.kill("SIGTERM");
    await home.start(env(), "stop").ended;
    const [nowhere] = await freePorts(1);
    home.start({ ETCD_ENDPOINTS: `http://127.0.0.1:${nowhere}` });
    await eventually("shop answers", async () => (await answers()) === "shop");
    assert.deepEqual(await allWhoAnswer(port), ["shop"]);
    assert.deepEqual(await codes(), [`port-owned ${keyOfEndpoint("evil")}`]);
  });

  it("is its owner's by PORT_OWNERS, and everybody's in SHARED_PORTS", async () => {
    await put(claimed("shop"));
    await put(claimed("evil"));
    const named = home.start({ ...env(), PORT_OWNERS: `evil:${port}` });
    await ready(home);
    await eventually("evil answers", async () => (await answers()) === "evil");
    await isRefused("shop");
    await named.kill("SIGTERM");
    home.start({ ...env(), SHARED_PORTS: `${port}` });
    await ready(home);
    await eventually("both answer", async () => (await allWhoAnswer(port)).join() === "evil,shop");
    assert.deepEqual(await codes(), []);
  });

  it("is its project's 257th, which is refused until an older one is given up; others are served", async () => {
    const ports = await freePorts(258);
    const [theirs = 0, ...many] = ports;
    const listen = (some: readonly number[]) => some.map((each) => ({ port: each, ssl: false }));
    const addresses = [published("127.0.0.1", stage.echo("evil").port)];
    const first = { container: "first", addresses, listen: listen(many.slice(0, 1)) };
    const rest = { container: "rest", addresses, listen: listen(many.slice(1, 256)) };
    const last = { container: "last", addresses, listen: listen(many.slice(256)) };
    const crowd = node().service("evil", "db").endpoint(first).endpoint(rest).endpoint(last);
    await put(crowd.service("shop", "db").endpoint({ ...factsOf("shop"), listen: listen([theirs]) }));
    home.start(env());
    await ready(home);
    assert.equal(await whoAnswers(theirs), "shop");
    const lastKey = keyOf({ project: "evil", service: "db" }, last);
    assert.deepEqual(await codes(), [`too-many-ports ${lastKey}`]);
    assert.equal((await home.status()).listeners.length, 257);
    await remove(keyOf({ project: "evil", service: "db" }, first));
    await eventually("the youngest is served", async () => (await whoAnswers(many[256] ?? 0)) === "evil");
    assert.deepEqual(await codes(), []);
  });
});
