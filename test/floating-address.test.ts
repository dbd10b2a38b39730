import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startChild } from "@fairway/standalone";
import { composeLabels, eventually, namedRedis, namesAt, openLoop, useLab } from "./lab/index.ts";
import type { LabContainer, LabNode, OpenLoop } from "./lab/index.ts";

const within = 20_000;
const movesWithinMs = 3000;
/** `rise` of the shipped file, and a moment for the peers to tell one another. */
const judgedWithinMs = 3000;
const balancer = "proxy_test";
const port = 6379;
const shipped = (name: string) => fileURLToPath(new URL(`../deploy/keepalived/${name}`, import.meta.url));

describe("a floating address before two load balancers of one name", () => {
  const lab = useLab({ nodes: 3, registrars: {}, agents: false });
  const [n1, n2, n3] = [1, 2, 3].map((number) => () => lab().node(number)) as [Node, Node, Node];
  const floating = () => n1().address.replace(/\d+$/, "200");
  const load = (): Promise<OpenLoop> => openLoop({ host: floating(), port, perSecond: 100 });
  let shop: LabContainer;

  /** Runs keepalived with the files of `deploy/keepalived`, their addresses replaced by the lab's. */
  const keepAlive = (node: LabNode, peer: LabNode) => {
    const directory = join(node.directory, "keepalived");
    mkdirSync(directory);
    const file = (name: string) => join(directory, name);
    copyFileSync(shipped("check"), file("check"));
    chmodSync(file("check"), 0o755);
    const config = readFileSync(shipped("keepalived.conf"), "utf8")
      .replaceAll("198.51.100.21", node.address)
      .replaceAll("198.51.100.22", peer.address)
      .replaceAll("198.51.100.20", floating())
      .replaceAll("/etc/keepalived/check", `${file("check")} -a ${node.address}:7381`);
    writeFileSync(file("keepalived.conf"), config);
    const pids = ["--pid", file("pid"), "--vrrp_pid", file("vrrp.pid")];
    const command = ["keepalived", "--vrrp", "--dont-fork", "--log-console", "--use-file", file("keepalived.conf")];
    const { name, wrapper } = node;
    return startChild({
      name: `keepalived of ${name}`,
      command: [...wrapper, ...command, ...pids],
      logFile: file("log"),
    });
  };

  const hasAddress = async (node: LabNode) =>
    (await node.run("ip", "-oneline", "-4", "address", "show", "dev", "eth0")).includes(` ${floating()}/`);

  const holders = async () => {
    const both = await Promise.all([n1(), n2()].map(async (node) => ((await hasAddress(node)) ? [node.name] : [])));
    return both.flat();
  };

  const isHeldBy = (node: LabNode, limit = within) =>
    eventually(async () => assert.deepEqual(await holders(), [node.name]), { within: limit });

  const isHealthy = (node: LabNode, status: 200 | 503) =>
    eventually(
      async () => assert.equal((await node.agent.admin("/v1/services/shop/redis-master/health")).status, status),
      { within },
    );

  before(async () => {
    shop = await n3().runContainer({
      labels: { ...composeLabels("shop", "redis-master"), "aliyun.lb.port_6379": `tcp://${balancer}:${port}` },
      command: namedRedis("shop"),
      publish: ["6379"],
    });
    const env = { LB_NAME: balancer, ADDITIONAL_SERVICES: "", HEALTH_CHECK: "check inter 200 rise 1 fall 2" };
    await Promise.all([n1(), n2()].map(({ agent }) => agent.start(env)));
    await Promise.all([n1(), n2()].map((node) => isHealthy(node, 200)));
    keepAlive(n1(), n2());
    await isHeldBy(n1());
    keepAlive(n2(), n1());
    assert.deepEqual(await namesAt({ address: floating(), port }, 5), ["shop"]);
  });

  it("leaves a load balancer that reaches none of the service's servers, and does not move back", async () => {
    await delay(judgedWithinMs);
    const clients = await load();
    const lost = Date.now();
    await n1().run("ip", "route", "add", "unreachable", n3().address);
    await isHeldBy(n2(), 5000);
    const moved = Date.now();
    await n1().run("ip", "route", "delete", "unreachable", n3().address);
    await isHealthy(n1(), 200);
    await delay(judgedWithinMs);
    await isHeldBy(n2(), 0);
    const { failures } = await clients.stop();
    const beyond = failures.filter(({ begunMs }) => begunMs < lost - 1000 || begunMs > moved + 500);
    assert.deepEqual(beyond, []);
  });

  it("stays where it is while the service is up nowhere", async () => {
    await shop.stop(0);
    await Promise.all([n1(), n2()].map((node) => isHealthy(node, 503)));
    await delay(judgedWithinMs);
    assert.equal((await holders()).length, 1);
    await shop.start();
    await Promise.all([n1(), n2()].map((node) => isHealthy(node, 200)));
  });

  it("moves within 3 s when the machine that holds it dies, and no new connection fails beyond", async () => {
    await delay(judgedWithinMs);
    const [dying = ""] = await holders();
    const [dead, other] = dying === "n1" ? [n1(), n2()] : [n2(), n1()];
    const clients = await load();
    await delay(1000);
    const diedMs = Date.now();
    await dead.cut();
    // From the other one's network, as the command would end itself too.
    await other.run("sh", "-c", 'kill -9 $(ip netns pids "$0"); true', dead.name);
    await eventually(() => hasAddress(other), { within: movesWithinMs });
    await delay(Math.max(0, diedMs + movesWithinMs + 2000 - Date.now()));
    assert.deepEqual([dead.agent.isRunning(), await hasAddress(other)], [false, true]);
    const { failures, lastBegunMs } = await clients.stop();
    const beyond = failures.filter(({ begunMs }) => begunMs < diedMs - 1000 || begunMs > diedMs + movesWithinMs);
    assert.deepEqual(beyond, []);
    assert.ok((lastBegunMs["shop"] ?? 0) > diedMs + movesWithinMs, JSON.stringify(lastBegunMs));
  });
});

type Node = () => LabNode;
