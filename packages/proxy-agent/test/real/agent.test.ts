import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { given, keyOf, published, type Given } from "../given.ts";
import { agentHome, ready, up, type AgentHome } from "./kit/agent-process.ts";
import { allWhoAnswer, connectLasting, eventually, load, whoAnswers } from "./kit/client.ts";
import { echoServer, type EchoServer } from "./kit/echo-server.ts";
import { openRegistryStage, type RegistryStage } from "./kit/registry-stage.ts";
import { freePorts } from "../../../../test/free-ports.ts";

const db = { project: "shop", service: "db" };

describe("the proxy agent", () => {
  let stage: RegistryStage;
  let home: AgentHome;
  let port: number;

  before(async () => {
    stage = await openRegistryStage(["a", "b"]);
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
  const remove = (...keys: readonly string[]) => stage.remove(...keys);

  /** Endpoints named after the echo servers that stand behind them. */
  const endpoints = (...names: readonly string[]) => {
    const behind = stage.echoes.filter(({ name }) => names.includes(name));
    const records = given().service("shop", "db").node("node-1", { address: "127.0.0.1" });
    return behind.reduce((all, echo) => all.endpoint(factsOf(echo)), records);
  };

  const factsOf = (echo: EchoServer) => ({
    node: "node-1",
    container: echo.name,
    addresses: [published("127.0.0.1", echo.port)],
    listen: [{ port, ssl: false }],
  });

  const keyOfEcho = (container: string) => keyOf(db, { node: "node-1", container });

  it("serves endpoints as they come and go, without another worker", async () => {
    home.start(env());
    await put(endpoints("a"));
    await ready(home);
    await eventually("a answers", async () => (await whoAnswers(port)) === "a");
    const { haproxy } = await home.status();
    const lasting = await connectLasting(port);
    await put(endpoints("a", "b"));
    await eventually("both answer", async () => (await allWhoAnswer(port)).join() === "a,b");
    await remove(keyOfEcho("b"));
    await eventually("a alone answers", async () => (await allWhoAnswer(port)).join() === "a");
    await lasting.echoes("still here");
    lasting.close();
    assert.equal((await home.status()).haproxy?.pid, haproxy?.pid);
  });

  it("started with another scope serves nothing of the one before, and all of its own", async () => {
    const everything = home.start(env());
    const [elsewhere = 0] = await freePorts(1);
    const [behindDb, behindWeb] = [stage.echo("a"), stage.echo("b")];
    const web = { ...factsOf(behindWeb), listen: [{ port: elsewhere, ssl: false }] };
    const records = given().node("node-1", { address: "127.0.0.1" }).service("shop", "db").endpoint(factsOf(behindDb));
    await put(records.service("other", "web").endpoint(web));
    await ready(home);
    await eventually("both are served", async () => (await whoAnswers(port)) + (await whoAnswers(elsewhere)) === "ab");
    await everything.kill("SIGTERM");
    home.start({ ...env(), ADDITIONAL_SERVICES: "", COMPOSE_PROJECT_NAME: "other" });
    await ready(home);
    const { listeners } = await home.status();
    const served = listeners.filter(({ servers }) => servers.length > 0).map((listener) => listener.port);
    assert.deepEqual(served, [elsewhere]);
    assert.equal(await whoAnswers(elsewhere), "b");
    await assert.rejects(whoAnswers(port));
  });

  it("says by a subcommand why a container is routed, and that it does not know another", async () => {
    await put(endpoints("a"));
    home.start(env());
    await ready(home);
    await eventually("the registry knows the proxy", async () => (await ownRecord()) !== undefined);
    const known = await home.start(env(), "why", "a").ended;
    assert.equal(known.code, 0);
    assert.match(known.output, /^a \(\w+\) on node node-1: project shop, service db\n/);
    assert.match(known.output, /\n {4}node-1\/proxy {2}yes, at 127\.0\.0\.1:\d+: published port of its node\n/);
    const unknown = await home.start(env(), "why", "nobody").ended;
    assert.deepEqual([unknown.code, unknown.output.split(":")[0]], [1, 'no registrar tells of "nobody"']);
    const [nowhere = 0] = await freePorts(1);
    const away = await home.start({ ETCD_ENDPOINTS: `http://127.0.0.1:${nowhere}` }, "why", "a").ended;
    assert.equal(away.code, 1);
    assert.match(away.output, /^the registry does not answer: .*ECONNREFUSED/);
  });

  it("skips records that it cannot read, telling of them, and serves all others", async () => {
    await put(
      endpoints("a")
        .put("endpoints/shop/db/1/node-1/bad", "{")
        .put("endpoints/shop/db/2/node-1/newer", '{"v":2}')
        .put("endpoints/shop/db/3/node-1/other", '{"v":1,"state":"well"}'),
    );
    home.start(env());
    await ready(home);
    assert.equal(await whoAnswers(port), "a");
    const { rejections } = await home.status();
    const codes = ["record-newer-version", "record-not-json", "record-not-valid"];
    assert.deepEqual(rejections.map(({ code }) => code).sort(), codes);
    await eventually("the registry knows", async () => (await ownRecord())?.includes('"count":3') ?? false);
  });

  const ownRecord = async () => (await stage.client.get(["proxies/node-1/proxy"])).stored[0]?.value;

  it("killed -9 and started without the registry serves on, same HAProxy, same connections", async () => {
    const killed = home.start(env());
    await put(endpoints("a", "b"));
    await ready(home);
    await eventually("both answer", async () => (await allWhoAnswer(port)).join() === "a,b");
    const master = await home.masterPid();
    const lasting = await connectLasting(port);
    const traffic = load(port, 20);
    await killed.kill("SIGKILL");
    const [nowhere] = await freePorts(1);
    const alone = home.start({ ETCD_ENDPOINTS: `http://127.0.0.1:${nowhere}` });
    await up(home);
    await alone.kill("SIGKILL");
    home.start(env());
    await ready(home);
    assert.equal(await home.masterPid(), master);
    await lasting.echoes("still here");
    lasting.close();
    assert.deepEqual((await traffic.stop()).failures, []);
  });

  /** Has a served, and the agent and its HAProxy ended. */
  const serveAndEnd = async () => {
    const first = home.start(env());
    await put(endpoints("a"));
    await ready(home);
    await eventually("a answers", async () => (await whoAnswers(port)) === "a");
    await first.kill("SIGTERM");
    await home.start(env(), "stop").ended;
    await assert.rejects(whoAnswers(port));
  };

  it("serves what it remembers when neither HAProxy nor the registry is there", async () => {
    await serveAndEnd();
    const [nowhere] = await freePorts(1);
    home.start({ ETCD_ENDPOINTS: `http://127.0.0.1:${nowhere}` });
    await eventually("a answers", async () => (await whoAnswers(port).catch(() => "nobody")) === "a");
    assert.equal(await home.isReady(), false);
  });

  it("serves nothing of what an ordinary proxy remembered when it is a load balancer now", async () => {
    await serveAndEnd();
    const [nowhere] = await freePorts(1);
    const away = { ETCD_ENDPOINTS: `http://127.0.0.1:${nowhere}` };
    const balancer = home.start({ ...away, ADDITIONAL_SERVICES: "", LB_NAME: "proxy_test" });
    await up(home);
    await delay(2000);
    await assert.rejects(whoAnswers(port));
    await balancer.kill("SIGTERM");
    assert.match((await balancer.ended).output, /"snapshot left aside"/);
    home.start(away);
    await eventually("a answers", async () => (await whoAnswers(port).catch(() => "nobody")) === "a");
  });

  it("serves what it remembers while a secret's file is not there yet, and follows the registry once it is", async () => {
    await serveAndEnd();
    const file = join(home.directory, "late-password");
    home.start({ ...env(), ETCD_PASSWORD_FILE: file });
    await eventually("a answers", async () => (await whoAnswers(port).catch(() => "nobody")) === "a");
    assert.equal(await home.isReady(), false);
    await writeFile(file, "secret");
    await ready(home);
    await put(endpoints("a", "b"));
    await eventually("both answer", async () => (await allWhoAnswer(port)).join() === "a,b");
  });

  it("keeps an orphan until its check fails or its node is synced without it", async () => {
    await put(endpoints("a", "b"));
    home.start(env());
    await ready(home);
    await remove("nodes/node-1", keyOfEcho("a"), keyOfEcho("b"));
    await eventually("both are orphans", async () => {
      const { orphans } = await home.status();
      return orphans.length === 2 && orphans.every(({ state }) => state === "orphaned");
    });
    assert.deepEqual(await allWhoAnswer(port), ["a", "b"]);
    await put(endpoints("a"));
    await eventually("b has left", async () => (await allWhoAnswer(port)).join() === "a");
    assert.deepEqual((await home.status()).orphans, []);
  });

  it("lets go of an orphan whose check fails", async () => {
    const dying = await echoServer("dying");
    await put(endpoints("a").endpoint(factsOf(dying)));
    home.start({ ...env(), HEALTH_CHECK: "check inter 100 rise 1 fall 2" });
    await ready(home);
    await remove("nodes/node-1", keyOfEcho("dying"));
    await eventually("it is an orphan", async () => (await home.status()).orphans[0]?.state === "orphaned");
    await dying.close();
    await eventually("it has left", async () => (await home.status()).orphans.length === 0);
    await eventually("a alone answers", async () => (await allWhoAnswer(port).catch(() => [])).join() === "a");
  });

  it("tells on its admin path whether a service is up, also when started again without the registry", async () => {
    const dying = await echoServer("dying");
    await put(endpoints().endpoint(factsOf(dying)));
    const run = home.start({ ...env(), HEALTH_CHECK: "check inter 100 rise 1 fall 2" });
    await ready(home);
    const health = (service: string) => home.admin(`/v1/services/shop/${service}/health`);
    assert.deepEqual(await health("db"), [200, "up\n"]);
    const series = async () => (await home.admin("/metrics"))[1].match(/^# TYPE.*/gm);
    const before = await series();
    const stranger = "not up: this proxy knows no container of service shop/stranger\n";
    assert.deepEqual(await health("stranger"), [503, stranger]);
    assert.equal((await health("%0a"))[0], 404);
    assert.deepEqual(await series(), before);
    await run.kill("SIGTERM");
    const [nowhere] = await freePorts(1);
    home.start({ ETCD_ENDPOINTS: `http://127.0.0.1:${nowhere}` });
    await up(home);
    assert.deepEqual([await home.isReady(), await health("db")], [false, [200, "up\n"]]);
    await dying.close();
    const down = "not up: none of its servers takes connections: 1 down, 0 on their way out\n";
    await eventually("it is down", async () => (await health("db")).join() === `503,${down}`);
  });

  it("takes its own record out on SIGTERM, and leaves HAProxy running", async () => {
    const run = home.start(env());
    await put(endpoints("a"));
    await ready(home);
    await eventually("its record is there", async () => (await ownRecord()) !== undefined);
    await run.kill("SIGTERM");
    assert.equal((await run.ended).code, 0);
    assert.equal(await ownRecord(), undefined);
    assert.equal(await whoAnswers(port), "a");
  });
});
