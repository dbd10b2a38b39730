import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually, holdConnection, openLoop, useLab } from "../lab/index.ts";
import type { AgentStatus, LabNode } from "../lab/index.ts";
import { compose, deploy } from "./compose.ts";
import { importRsyslogImage } from "./rsyslog-image.ts";

const soon = { within: 30_000 };
const port = 6379;
const file = fileURLToPath(new URL("../seed/redis-through-proxy.yml", import.meta.url));

/** Asks an admin path of the agent from inside of its container, where it listens. */
const ask = (path: string) => [
  "node",
  "-e",
  `fetch("http://127.0.0.1:7381${path}").then(async (a) => console.log(await a.text()))`,
];

describe("the document's third template, run by docker-compose", function () {
  this.timeout(240_000);
  const lab = useLab({ nodes: 2, registrars: false, agents: false, images: true });
  let n1: LabNode;
  let n2: LabNode;

  /** Runs docker-compose with the template, as its user does. */
  const template = (node: LabNode, ...args: readonly string[]) =>
    compose({ node, project: "seed", files: [file] }, ...args);

  /** Images under the names that the template gives them, and the registrar of `deploy/`. */
  const prepare = async (node: LabNode) => {
    await node.docker("tag", "fairway/proxy-agent", "registry.aliyuncs.com/acs/proxy:0.6");
    await importRsyslogImage(node.dockerHost, "registry.cn-hangzhou.aliyuncs.com/linhuatest/rsyslog:latest");
    const env = { ETCD_ENDPOINTS: lab().etcd.endpoints };
    await compose({ node, project: "fairway", files: [join(deploy, "compose.yaml")], env }, "up", "-d", "registrar");
  };

  before(async () => {
    [n1, n2] = [lab().node(1), lab().node(2)];
    await Promise.all([n1, n2].map(prepare));
    await template(n1, "up", "--detach");
  });

  const inProxy = (node: LabNode, ...command: readonly string[]) => node.docker("exec", "seed_lb_1", ...command);
  const ready = (node: LabNode) =>
    eventually(async () => assert.equal(await inProxy(node, ...ask("/readyz")), "ready\n"), soon);

  /** Service and address of each server on the template's port, sorted. */
  const servers = async (node: LabNode) => {
    const { listeners } = JSON.parse(await inProxy(node, ...ask("/status"))) as AgentStatus;
    assert.deepEqual(
      listeners.map((each) => each.port),
      [port],
    );
    const all = listeners.flatMap((listener) => listener.servers);
    return all.map(({ endpoint, address }) => `${endpoint.split("/")[2]} ${address}`).toSorted();
  };
  const addressOf = (node: LabNode, container: string) =>
    node.docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", container);
  const published = async (node: LabNode, container: string) => {
    const told = await node.docker("port", container, `${port}/tcp`);
    return `${node.address}:${told.split("\n")[0]?.split(":").at(-1)}`;
  };
  const primaryAndReplica = async () => [
    `redis-master ${await addressOf(n1, "seed_redis-master_1")}:${port}`,
    `redis-slave ${await addressOf(n1, "seed_redis-slave_1")}:${port}`,
  ];

  it("puts primary and replica behind lb, which no registry's address was told", async () => {
    const expected = await primaryAndReplica();
    await eventually(async () => assert.deepEqual(await servers(n1), expected), soon);
  });

  it("answers PONG to redis-client, on the servers' own node", async () => {
    const ping = ["redis-cli", "-h", "www.example.com", "ping"];
    assert.equal(await template(n1, "exec", "-T", "redis-client", ...ping), "PONG");
  });

  it("sends HAProxy's log to rsyslog", async () => {
    const line = /haproxy\[\d+\]: .* port_6379 port_6379\/redis-(master|slave)\.n1\./;
    await eventually(async () => {
      assert.equal(await n1.run("redis-cli", "-h", n1.address, "ping"), "PONG");
      assert.match(await template(n1, "logs", "--no-color", "rsyslog"), line);
    }, soon);
  });

  it("takes in a third server, of another node, on both nodes' lb", async () => {
    await template(n2, "up", "--detach", "lb", "redis-master");
    const [primary = "", replica = ""] = await primaryAndReplica();
    const third = `redis-master ${await published(n2, "seed_redis-master_1")}`;
    await eventually(async () => assert.deepEqual(await servers(n1), [primary, third, replica].toSorted()), soon);
    const fromN2 = [
      `redis-master ${await published(n1, "seed_redis-master_1")}`,
      `redis-slave ${await published(n1, "seed_redis-slave_1")}`,
      `redis-master ${await addressOf(n2, "seed_redis-master_1")}:${port}`,
    ];
    await eventually(async () => assert.deepEqual(await servers(n2), fromN2.toSorted()), soon);
    assert.equal(await n2.run("redis-cli", "-h", n2.address, "ping"), "PONG");
  });

  it("loses no connection when the agent's process inside lb is killed", async () => {
    const held = await holdConnection(n1.address, port);
    await held.echo();
    const load = await openLoop({ host: n1.address, port, perSecond: 100, wrapper: n2.wrapper });
    const agent = async () =>
      (await n1.docker("top", "seed_lb_1", "-eo", "pid,args"))
        .split("\n")
        .find((line) => line.includes("fairway-proxy-agent"))
        ?.trim()
        .split(" ")[0] ?? assert.fail("no agent runs");
    const killed = await agent();
    await n1.run("kill", "-KILL", killed);
    await eventually(async () => assert.notEqual(await agent(), killed), soon);
    await ready(n1);
    await held.echo();
    const { succeeded, failures } = await load.stop();
    assert.deepEqual(failures, []);
    assert.equal(succeeded > 20, true);
    held.close();
    assert.equal(await n1.docker("inspect", "--format", "{{.RestartCount}}", "seed_lb_1"), "0");
  });

  it("leaves nothing in the registry after docker-compose down", async () => {
    await Promise.all([n1, n2].map((node) => template(node, "down")));
    const all = async () => (await lab().etcd.keys("/fairway/v1/")).map(({ key }) => key.slice("/fairway/v1/".length));
    // Each lb's published port is kept for a minute for the container that takes its place.
    const keys = async () => (await all()).filter((key) => !key.startsWith("hostports/"));
    // The nodes stay, and for a while the claims to its ports, of lb's on the load balancer too, for when it comes back.
    const left = ["claims/*/seed/6379", "claims/proxy_test/seed/lb/6379", "nodes/n1", "nodes/n2"];
    // Less than a lease: nothing only runs out.
    await eventually(async () => assert.deepEqual((await keys()).toSorted(), left), { within: 3000 });
  });
});
