import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "@fairway/standalone";
import { agentStatus, eventually, holdConnection, openLoop, useLab } from "../lab/index.ts";
import type { LabNode } from "../lab/index.ts";
import { compose, deploy } from "./compose.ts";
import { importRsyslogImage } from "./rsyslog-image.ts";
import {
  addBalancerAddress,
  balancedBy,
  balancerAddress,
  convert,
  releaseClaim,
  Stand,
  templateOf,
} from "./solutions.ts";

const soon = { within: 30_000 };
const port = 6379;

/** The load balancer stands on a machine of its own, n3, at the address that the document's clients have. */
describe("the document's solutions", function () {
  this.timeout(240_000);
  const lab = useLab({ nodes: 3, registrars: false, agents: false, images: true });
  let n1: LabNode;
  let n2: LabNode;
  let balancer: LabNode;

  /** Images under the names that the templates give them, and the registrar of `deploy/`. */
  const prepare = async (node: LabNode) => {
    await node.docker("tag", "fairway/proxy-agent", "registry.aliyuncs.com/acs/proxy:0.6");
    await importRsyslogImage(node.dockerHost, "registry.cn-hangzhou.aliyuncs.com/linhuatest/rsyslog:latest");
    const env = { ETCD_ENDPOINTS: lab().etcd.endpoints };
    await compose({ node, project: "fairway", files: [join(deploy, "compose.yaml")], env }, "up", "-d", "registrar");
  };

  before(async () => {
    [n1, n2, balancer] = [lab().node(1), lab().node(2), lab().node(3)];
    await addBalancerAddress(balancer, [n1, n2]);
    const settings = { LB_NAME: "proxy_test", ADDITIONAL_SERVICES: "", DRAIN_TIMEOUT: "1s" };
    await Promise.all([...[n1, n2].map(prepare), balancer.agent.start(settings)]);
  });

  /** What a client of none of the nodes is answered by the load balancer. */
  const askFromOutside = (...question: readonly string[]) =>
    run(["timeout", "3", "redis-cli", "-h", balancer.address, ...question]);
  const isAnswered = (asked: () => Promise<string>, expected: string) =>
    eventually(async () => assert.equal(await asked(), expected), soon);

  /** Who is told to the load balancer's operator as having claimed what is another's. */
  const turnedAway = async () =>
    (await agentStatus(balancer.agent)).rejections.flatMap(({ code, reason }) =>
      code === "port-owned" ? [reason.split(" since")[0]] : [],
    );

  for (const solution of ["first", "second"] as const) {
    it(`the ${solution} as it stands, and converted beside it: its clients reach redis-master by their own commands`, async () => {
      const [asItStands, converted] = [new Stand(n1, `${solution}1`), new Stand(n2, `${solution}2`)];
      const { file } = await convert(lab(), solution, "compose");
      await asItStands.up(templateOf(solution));
      await isAnswered(() => askFromOutside("ping"), "PONG");
      await converted.up(file);
      for (const stand of [asItStands, converted]) {
        await stand.name(stand.project);
        const byLink = ["redis-cli", "-h", "redis-master", "get", "whoami"];
        assert.equal(await stand.exec("redis-client", ...byLink), stand.project);
      }
      // Two services never share a load balancer: the second is turned away, and the first goes on.
      const told = `${converted.project}_redis-master_1: ${port}@proxy_test is ${asItStands.project}/redis-master's`;
      await eventually(async () => assert.deepEqual(await turnedAway(), [told]), soon);
      for (const stand of [asItStands, converted]) {
        await isAnswered(() => askFromOutside("get", "whoami"), stand.project);
        assert.equal(await stand.askByOwnCommand("get", "whoami"), stand.project);
        // On the server's own node, by the load balancer.
        const byBalancer = ["redis-cli", "-h", balancerAddress, "get", "whoami"];
        assert.equal(await stand.exec("redis-client", ...byBalancer), stand.project);
        await stand.remove();
        await releaseClaim(n1, `${port}@proxy_test`, `${stand.project}/redis-master`);
      }
    });
  }

  describe("the third, as it stands on one node, and converted on the other", () => {
    let [here, there] = [undefined, undefined] as unknown as [Stand, Stand];

    before(async () => {
      [here, there] = [new Stand(n1, "seed"), new Stand(n2, "seed")];
      await here.up(templateOf("third"));
    });

    const redis = ["redis-master", "redis-slave"];
    const inside = (stand: Stand) =>
      Promise.all(redis.map(async (each) => `${port} ${each} ${await stand.address(each)}:${port}`));
    const published = (stand: Stand) =>
      Promise.all(redis.map(async (each) => `${port} ${each} ${await stand.published(each, port)}`));

    it("puts primary and replica behind lb, which no registry's address was told", async () => {
      const expected = await inside(here);
      await eventually(async () => assert.deepEqual(await here.serversOfLb(), expected), soon);
    });

    it("answers redis-client at www.example.com, on the servers' own node", async () => {
      assert.equal(await here.askByOwnCommand("ping"), "PONG");
    });

    it("sends HAProxy's log to rsyslog", async () => {
      const line = /haproxy\[\d+\]: .* port_6379 port_6379\/redis-(master|slave)\.n1\./;
      await eventually(async () => {
        assert.equal(await n1.run("redis-cli", "-h", n1.address, "ping"), "PONG");
        assert.match(await n1.docker("logs", await here.container("rsyslog")), line);
      }, soon);
    });

    it("shows primary and replica to a client by turns, and what is written at the one is read at the other", async () => {
      await here.isShownBoth();
      await isAnswered(() => here.askByOwnCommand("set", "whoami", "seed"), "OK");
      await isAnswered(() => here.exec("redis-slave", "redis-cli", "get", "whoami"), "seed");
    });

    it("is behind the load balancer, for clients outside and on the servers' own node", async () => {
      await isAnswered(() => askFromOutside("get", "whoami"), "seed");
      const byBalancer = ["redis-cli", "-h", balancerAddress, "get", "whoami"];
      assert.equal(await here.exec("redis-client", ...byBalancer), "seed");
    });

    it("takes in the servers of another node, on both nodes' lb, and the load balancer its lb", async () => {
      const { file, notes } = await convert(lab(), "third", "compose");
      assert.match(notes, /lb: one on every machine: run this file on each/);
      await there.up(file);
      const [onN1, onN2] = [
        [...(await inside(here)), ...(await published(there))],
        [...(await published(here)), ...(await inside(there))],
      ];
      await eventually(async () => assert.deepEqual(await here.serversOfLb(), onN1.toSorted()), soon);
      await eventually(async () => assert.deepEqual(await there.serversOfLb(), onN2.toSorted()), soon);
      assert.equal(await there.askByOwnCommand("ping"), "PONG");
      const both = [n1, n2].map(({ address }) => `${address}:${port}`);
      await eventually(async () => assert.deepEqual(await balancedBy(balancer), both), soon);
    });

    it("loses no connection when the agent's process inside lb is killed", async () => {
      const held = await holdConnection(n1.address, port);
      await held.echo();
      const load = await openLoop({ host: n1.address, port, perSecond: 100, wrapper: n2.wrapper });
      const lb = await here.container("lb");
      const agent = async () =>
        (await n1.docker("top", lb, "-eo", "pid,args"))
          .split("\n")
          .find((line) => line.includes("fairway-proxy-agent"))
          ?.trim()
          .split(" ")[0] ?? assert.fail("no agent runs");
      const killed = await agent();
      await n1.run("kill", "-KILL", killed);
      await eventually(async () => assert.notEqual(await agent(), killed), soon);
      await isAnswered(() => here.askLb("/readyz"), "ready\n");
      await held.echo();
      const { succeeded, failures } = await load.stop();
      assert.deepEqual(failures, []);
      assert.equal(succeeded > 20, true);
      held.close();
      assert.equal(await n1.docker("inspect", "--format", "{{.RestartCount}}", lb), "0");
    });

    it("goes on for clients inside and outside when a node's primary and lb are stopped", async () => {
      await n1.docker("stop", await here.container("redis-master"), await here.container("lb"));
      const one = [`${n2.address}:${port}`];
      await eventually(async () => assert.deepEqual(await balancedBy(balancer), one), soon);
      for (let n = 0; n < 10; n += 1) {
        assert.equal(await askFromOutside("ping"), "PONG");
        assert.equal(await there.askByOwnCommand("ping"), "PONG");
      }
    });

    it("leaves nothing in the registry when its containers are removed", async () => {
      // In order, as docker-compose stops it: lb takes its own record out. That of n1 has been stopped.
      await n2.docker("stop", await there.container("lb"));
      await Promise.all([here, there].map((stand) => stand.remove()));
      const all = async () =>
        (await lab().etcd.keys("/fairway/v1/")).map(({ key }) => key.slice("/fairway/v1/".length));
      // Each lb's published port is kept for a minute for the container that takes its place.
      const keys = async () => (await all()).filter((key) => !key.startsWith("hostports/"));
      // The nodes stay, and for a while the claims to its ports, of lb's on the load balancer too, for when it comes back.
      const left = ["claims/*/seed/6379", "claims/proxy_test/seed/lb/6379", "nodes/n1", "nodes/n2", balancer.record];
      // Less than a lease: nothing only runs out.
      await eventually(async () => assert.deepEqual((await keys()).toSorted(), left), { within: 3000 });
      await releaseClaim(n1, `${port}@proxy_test`, "seed/lb");
    });
  });
});
