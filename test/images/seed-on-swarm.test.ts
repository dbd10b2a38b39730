import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "@fairway/standalone";
import { eventually, useLab } from "../lab/index.ts";
import type { LabNode } from "../lab/index.ts";
import { compose, deploy } from "./compose.ts";
import { importRsyslogImage } from "./rsyslog-image.ts";
import {
  addBalancerAddress,
  balancedBy,
  balancerAddress,
  convert,
  deployStack,
  releaseClaim,
  Stand,
} from "./solutions.ts";

const soon = { within: 60_000 };
const port = 6379;

/** The load balancer stands on a machine of its own, n3, at the address that the document's clients have. */
describe("the document's solutions, converted for a Swarm of two nodes", function () {
  this.timeout(240_000);
  const lab = useLab({ nodes: 3, registrars: false, agents: false, images: true });
  let n1: LabNode;
  let balancer: LabNode;
  let both: readonly [Stand, Stand];

  before(async () => {
    [n1, balancer] = [lab().node(1), lab().node(3)];
    const n2 = lab().node(2);
    both = [new Stand(n1, "shop"), new Stand(n2, "shop")];
    await addBalancerAddress(balancer, [n1, n2]);
    const env = { ETCD_ENDPOINTS: lab().etcd.endpoints };
    const files = [join(deploy, "compose.yaml")];
    const registrars = [n1, n2].map((node) =>
      compose({ node, project: "fairway", files, env }, "up", "-d", "registrar"),
    );
    await Promise.all([...registrars, balancer.agent.start({ LB_NAME: "proxy_test", ADDITIONAL_SERVICES: "" })]);
    await n1.docker("swarm", "init", "--advertise-addr", n1.address);
    const token = await n1.docker("swarm", "join-token", "--quiet", "worker");
    await n2.docker("swarm", "join", "--advertise-addr", n2.address, "--token", token, `${n1.address}:2377`);
  });

  const isAnswered = (asked: () => Promise<string>, expected: string) =>
    eventually(async () => assert.equal(await asked(), expected), soon);
  /** What a client of none of the nodes is answered by the load balancer. */
  const askFromOutside = () => run(["timeout", "3", "redis-cli", "-h", balancer.address, "get", "whoami"]);

  /** Where the only container of a service is. */
  const standOf = async (service: string, stands = both) => {
    for (const stand of stands) if ((await stand.containers(service)).length > 0) return stand;
    return assert.fail(`no node runs ${service}`);
  };
  const isNamed = (name: string) => eventually(async () => (await standOf("redis-master")).name(name), soon);

  it("the first has its client on another node than its server, as the note says", async () => {
    const { file, notes } = await convert(lab(), "first", "swarm");
    const [update = ""] = /docker (node update .*) <node>/.exec(notes)?.slice(1) ?? [];
    await n1.docker(...update.split(" "), "n1");
    await deployStack(n1, file, "shop");
    await isNamed("first");
    await isAnswered(() => both[1].askByOwnCommand("get", "whoami"), "first");
    await isAnswered(askFromOutside, "first");
    assert.deepEqual(await both[0].containers("redis-client"), []);
    const client = ["run", "--rm", "redis:alpine", "redis-cli", "-h", balancerAddress, "get", "whoami"];
    assert.equal(await n1.docker(...client), "first");
  });

  it("the second has its client reach the server by its link, wherever Swarm puts them, and others by the load balancer", async () => {
    const { file } = await convert(lab(), "second", "swarm");
    await deployStack(n1, file, "shop");
    await isNamed("second");
    await isAnswered(async () => (await standOf("redis-client")).askByOwnCommand("get", "whoami"), "second");
    await isAnswered(askFromOutside, "second");
  });

  describe("the third, with an lb on each node", () => {
    let seeds: readonly [Stand, Stand];
    const redis = ["redis-master", "redis-slave"];

    before(async () => {
      seeds = [new Stand(n1, "seed"), new Stand(lab().node(2), "seed")];
      await n1.docker("stack", "rm", "shop");
      const image = "registry.cn-hangzhou.aliyuncs.com/linhuatest/rsyslog:latest";
      await Promise.all(seeds.map(({ node }) => importRsyslogImage(node.dockerHost, image)));
      const left = async () => (await Promise.all(both.map((stand) => stand.containers("redis-master")))).flat();
      await eventually(async () => assert.deepEqual(await left(), []), soon);
      await releaseClaim(n1, `${port}@proxy_test`, "shop/redis-master");
      const { file } = await convert(lab(), "third", "swarm");
      await deployStack(n1, file, "seed");
    });

    /** Where the only container of one of redis' services is in the overlay. */
    const inside = async (service: string) =>
      `${port} ${service} ${await (await standOf(service, seeds)).address(service)}:${port}`;

    it("puts primary and replica behind both of them, by their addresses in the overlay", async () => {
      for (const stand of seeds) {
        const isBehind = async () =>
          assert.deepEqual(await stand.serversOfLb(), await Promise.all(redis.map((service) => inside(service))));
        await eventually(isBehind, soon);
      }
    });

    it("answers redis-client at www.example.com by both of them in turns", async () => {
      const client = await standOf("redis-client", seeds);
      await isAnswered(() => client.askByOwnCommand("ping"), "PONG");
      await client.isShownBoth();
      await isAnswered(() => client.askByOwnCommand("set", "whoami", "seed"), "OK");
      const replica = await standOf("redis-slave", seeds);
      await isAnswered(() => replica.exec("redis-slave", "redis-cli", "get", "whoami"), "seed");
    });

    it("is behind the load balancer, for clients outside and on both nodes, and its log goes to rsyslog", async () => {
      const all = seeds.map(({ node }) => `${node.address}:${port}`);
      await eventually(async () => assert.deepEqual(await balancedBy(balancer), all), soon);
      await isAnswered(askFromOutside, "seed");
      for (const { node } of seeds) {
        const client = ["run", "--rm", "redis:alpine", "redis-cli", "-h", balancerAddress, "get", "whoami"];
        assert.equal(await node.docker(...client), "seed");
      }
      const rsyslog = await standOf("rsyslog", seeds);
      for (const stand of seeds) {
        // Wherever Swarm has put redis: it may be that all of it is on one node.
        const senders = (await stand.senders("lb")).map((each) => each.replaceAll(".", "\\."));
        // Names of containers end with their network's.
        const line = new RegExp(` (${senders.join("|")})(\\.\\S+)? haproxy\\[\\d+\\]: .* port_${port}/redis-`);
        await eventually(async () => {
          await askFromOutside();
          assert.match(await rsyslog.node.docker("logs", await rsyslog.container("rsyslog")), line);
        }, soon);
      }
    });

    it("goes on where an lb is stopped, and Swarm brings it back", async () => {
      const [stopped, other] = seeds;
      await stopped.node.docker("kill", await stopped.container("lb"));
      await eventually(
        async () => assert.deepEqual(await balancedBy(balancer), [`${other.node.address}:${port}`]),
        soon,
      );
      assert.equal(await askFromOutside(), "seed");
      const all = seeds.map(({ node }) => `${node.address}:${port}`);
      await eventually(async () => assert.deepEqual(await balancedBy(balancer), all), soon);
    });
  });
});
