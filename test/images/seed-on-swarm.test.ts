import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "@fairway/standalone";
import { eventually, useLab } from "../lab/index.ts";
import type { LabNode } from "../lab/index.ts";
import { compose, deploy } from "./compose.ts";
import { addBalancerAddress, balancerAddress, convert, deployStack, Stand } from "./solutions.ts";

const soon = { within: 60_000 };

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
  const standOf = async (service: string) => {
    for (const stand of both) if ((await stand.containers(service)).length > 0) return stand;
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
});
