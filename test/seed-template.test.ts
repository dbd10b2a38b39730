import assert from "node:assert/strict";
import { composeLabels, eventually, useLab } from "./lab/index.ts";
import type { LabContainer, LabNode } from "./lab/index.ts";
import { redisThroughProxy } from "./templates/redis-through-proxy.ts";

const project = "seed";
const within = 10_000;

/** Starts a redis service of the template as Docker Compose would. */
function start(node: LabNode, service: "redis-master" | "redis-slave", name: string): Promise<LabContainer> {
  const { labels, publish, command, links } = redisThroughProxy[service];
  return node.runContainer({
    name,
    labels: { ...labels, ...composeLabels(project, service) },
    publish,
    command,
    options: links.flatMap((link) => ["--link", `${project}_${link}_1:${link}`]),
  });
}

describe("the document's third template", () => {
  // Its proxy is the node's agent here; a name of the log server that does not resolve must not keep it from serving.
  const lab = useLab({ nodes: 2, agents: redisThroughProxy.lb.environment });

  /** Container names, cut to 12 characters of the id, of the servers that take new connections on port 6379. */
  const servers = async (node: LabNode) => {
    const listener = (await node.listeners()).find(({ port }) => port === 6379);
    const ready = (listener?.servers ?? []).filter(({ admin, status }) => admin === "ready" && status.startsWith("UP"));
    return ready.map(({ name }) => name.split(".")[2] ?? "").toSorted();
  };

  const holds = (node: LabNode, containers: readonly LabContainer[]) => {
    const ids = containers.map(({ id }) => id.slice(0, 12)).toSorted();
    return eventually(async () => assert.deepEqual(await servers(node), ids), { within });
  };

  /** What `redis-cli` prints for a command in the template's client on a node; `www.example.com` is that node's proxy. */
  const askFrom = (node: LabNode, ...question: readonly string[]) => {
    const { labels, command } = redisThroughProxy["redis-client"];
    const options = Object.entries(labels).flatMap(([name, value]) => ["--label", `${name}=${value}`]);
    const host = ["--add-host", `www.example.com:${node.address}`];
    return node.docker("run", "--rm", ...options, ...host, "redis:alpine", ...command, ...question);
  };

  it("puts primary and replica behind one listener, on every node", async () => {
    const primary = await start(lab().node(1), "redis-master", "seed_redis-master_1");
    const replica = await start(lab().node(1), "redis-slave", "seed_redis-slave_1");
    for (const node of lab().nodes) {
      await holds(node, [primary, replica]);
      assert.deepEqual(
        (await node.listeners()).map(({ port }) => port),
        [6379],
      );
    }
  });

  it("answers a client on the servers' own node, and one on the other node, through the node's proxy", async () => {
    for (const node of lab().nodes) assert.equal(await askFrom(node, "ping"), "PONG");
  });

  it("carries what is written: each of the two servers answers with its own role, and the replica follows", async () => {
    const client = lab().node(1);
    const roles = async () => (await askFrom(client, "info", "replication")).match(/^role:(master|slave)/m)?.[1];
    const seen = new Set<string | undefined>();
    await eventually(
      async () => {
        seen.add(await roles());
        return seen.size === 2;
      },
      { within },
    );
    await eventually(async () => assert.equal(await askFrom(client, "set", "key", "written"), "OK"), { within });
    const replica = () => client.docker("exec", "seed_redis-slave_1", "redis-cli", "get", "key");
    await eventually(async () => assert.equal(await replica(), "written"), { within });
  });

  it("takes in a server of another node, and lets a stopped one go", async () => {
    const [n1, n2] = [lab().node(1), lab().node(2)];
    const ids = (await n1.docker("ps", "--quiet", "--filter", "label=aliyun.proxy.required")).split("\n");
    const third = await start(n2, "redis-master", "seed_redis-master_2");
    for (const node of lab().nodes) {
      await eventually(async () => assert.deepEqual(await servers(node), [...ids, third.id.slice(0, 12)].toSorted()), {
        within,
      });
    }
    await third.exec("redis-cli", "set", "whoami", "third");
    await eventually(async () => assert.equal(await askFrom(n1, "get", "whoami"), "third"), { within });
    await n1.docker("stop", "seed_redis-slave_1", "seed_redis-master_1");
    for (const node of lab().nodes) await holds(node, [third]);
    assert.equal(await askFrom(n1, "get", "whoami"), "third");
    await third.stop();
    for (const node of lab().nodes) await holds(node, []);
    assert.deepEqual(await lab().etcd.keys("/fairway/v1/endpoints/"), []);
  });
});
