import assert from "node:assert/strict";
import { inspect } from "node:util";
import {
  agentStatus,
  composeLabels,
  eventually,
  namedRedis,
  namesAt,
  proxyLabels,
  useLab,
  countAnswers,
  whoAnswers,
} from "./lab/index.ts";
import type { ContainerFacts, LabContainer, LabNode, LabProxy } from "./lab/index.ts";
import { agentTells, registrarTells, serversAt } from "./told.ts";
import { ways } from "./ways.ts";
import type { Place, Way } from "./ways.ts";

const within = 15_000;

/** A redis that answers with `<project>:<service>`, as Docker Compose would start it. */
function start(node: LabNode, id: string, ports: string, facts: ContainerFacts = {}): Promise<LabContainer> {
  const [project = "", service = ""] = id.split(":");
  const labels = { ...composeLabels(project, service), ...proxyLabels(ports) };
  return node.runContainer({ labels, command: namedRedis(id), ...facts });
}

describe("two nodes and three etcd members", () => {
  const lab = useLab({ nodes: 2, etcdMembers: 3, agents: false });
  const node = (n: number) => lab().node(n);

  // Proxies of one node share its network: each listens on its own address.
  before(() =>
    Promise.all(lab().nodes.map(({ agent, address }) => agent.start({ BIND_ADDRESS: address, SHARED_PORTS: "6380" }))),
  );

  describe("the proxies of both nodes", () => {
    const answersOnBoth = async (names: readonly string[]) => {
      for (const { address } of lab().nodes) {
        await eventually(async () => assert.deepEqual(await namesAt({ address, port: 6379 }), names), { within });
      }
    };

    it("serve servers of both nodes", async () => {
      const [one, two] = await Promise.all([
        start(node(1), "shop:one", "6379", { publish: ["7001:6379"] }),
        start(node(2), "shop:two", "6379", { publish: ["7002:6379"] }),
      ]);
      await answersOnBoth(["shop:one", "shop:two"]);
      const [near, far] = [await one?.address(), await two?.address()];
      assert.deepEqual(await serversAt(node(1), 6379), [`${node(2).address}:7002`, `${near}:6379`]);
      assert.deepEqual(await serversAt(node(2), 6379), [`${node(1).address}:7001`, `${far}:6379`]);
    });

    it("take in a server of either node while one etcd member of three is away", async () => {
      const [member] = lab().etcd.members;
      await member?.stop();
      const third = await start(node(2), "shop:three", "6379", { publish: ["7003:6379"] });
      await answersOnBoth(["shop:one", "shop:three", "shop:two"]);
      await third.remove();
      await answersOnBoth(["shop:one", "shop:two"]);
      member?.start();
      await member?.whenServing();
    });

    it("name their node as its registrar does, whatever the host is called, also before etcd answers again", async () => {
      const { agent } = node(1);
      const named = async (by: string) => {
        const { node: own, vantage } = (await agent.status()) as { node: object; vantage: { node: string } };
        assert.deepEqual([own, vantage.node], [{ name: "n1", namedBy: by }, "n1"]);
      };
      await agent.stop();
      await agent.start({ NODE_NAME: "" });
      await eventually(() => named("its registrar's record"), { within });
      await answersOnBoth(["shop:one", "shop:two"]);
      await agent.stop();
      await agent.start({ ETCD_ENDPOINTS: "http://127.0.0.1:1" });
      await named("its registrar's record");
      await agent.stop();
      await agent.start({ ETCD_ENDPOINTS: lab().etcd.endpoints, NODE_NAME: "n1" });
      await named("NODE_NAME");
    });
  });

  describe("a container's labels for its server", () => {
    const front = { port: 6390 };
    const facts = (name: string, labels: Readonly<Record<string, string>>): ContainerFacts => ({
      labels: {
        ...composeLabels("set", name),
        "fairway.required": "true",
        "fairway.tcp-ports": "6390:6379",
        ...labels,
      },
      command: namedRedis(name),
    });

    it("reach HAProxy, and act there", async () => {
      const { address, haproxy } = node(1);
      const check = { "aliyun.proxy.HEALTH_CHECK": "check inter 100 rise 1 fall 1" };
      const [main, canary] = await Promise.all([
        node(1).runContainer(facts("main", { ...check, "fairway.weight": "3", "fairway.maxconn": "50" })),
        node(1).runContainer(
          facts("canary", {
            "aliyun.probe.url": "tcp://container:6379",
            "aliyun.proxy.EXTRA_ROUTE_SETTINGS": "weight 1",
          }),
        ),
        node(1).runContainer(facts("spare", { ...check, "aliyun.proxy.failover": "true" })),
      ]);
      await eventually(async () => assert.equal((await serversAt(node(1), 6390)).length, 3), { within });
      const counts = await countAnswers({ address, ...front }, 40);
      // HAProxy's round robin may begin in the middle of a turn
      const { canary: fewer = 0, main: more = 0 } = Object.fromEntries(counts);
      assert.ok(fewer + more === 40 && Math.abs(fewer - 10) <= 1, inspect({ fewer, more }));
      const [header = [], ...rows] = (await haproxy("show stat")).split("\n").map((line) => line.split(","));
      const told = (name: string) => {
        const row = rows.find(([listener, server]) => listener === "port_6390" && server?.startsWith(`${name}.`)) ?? [];
        return ["weight", "slim", "bck"].map((column) => row[header.indexOf(column)]);
      };
      const expected = [
        ["3", "50", "0"],
        ["1", "", "0"],
        ["1", "", "1"],
      ];
      assert.deepEqual(["main", "canary", "spare"].map(told), expected);
      await Promise.all([main?.remove(), canary?.remove()]);
      await eventually(async () => assert.deepEqual(await namesAt({ address, ...front }, 4), ["spare"]), { within });
    });
  });

  describe("a proxy's scope", () => {
    const all = ["a:b_c", "a:web", "a_b:c", "d:e", "d:f"];
    const rows = [
      { own: "a", items: "", serves: ["a:b_c", "a:web"] },
      { own: "a", items: "a_b:c", serves: ["a:b_c", "a:web", "a_b:c"] },
      { own: "z", items: " a:b_c , d:e, nonsense", serves: ["a:b_c", "d:e"] },
    ];
    let proxies: readonly LabProxy[];

    before(async () => {
      const nodes = [node(1), node(2), node(1)];
      proxies = await Promise.all(
        rows.map(async ({ own, items }, at) => {
          const env = { COMPOSE_PROJECT_NAME: own, ADDITIONAL_SERVICES: items, SHARED_PORTS: "6380" };
          const proxy = await (nodes[at] ?? node(1)).addProxy({ name: `scoped-${at}`, env });
          await proxy.agent.start();
          return proxy;
        }),
      );
      const containers = all.map((id, at) => start(node(1 + (at % 2)), id, "6380:6379", { publish: ["6379"] }));
      await Promise.all(containers);
    });

    /** Who answers, which endpoints the agent has behind the listener, and how many servers HAProxy has. */
    const serves = async (proxy: LabProxy, ids: readonly string[]) => {
      await eventually(async () => assert.deepEqual(await namesAt({ ...proxy, port: 6380 }), ids), { within });
      const { listeners } = await agentStatus(proxy.agent);
      const servers = listeners.find(({ port }) => port === 6380)?.servers ?? [];
      const behind = servers.map(({ endpoint }) => endpoint.split("/").slice(1, 3).join(":"));
      assert.deepEqual(behind.toSorted(), ids);
      assert.equal((await serversAt(proxy, 6380)).length, ids.length);
    };

    for (const [at, { own, items, serves: ids }] of rows.entries()) {
      it(`of project ${own} and "${items}" holds ${ids.join(", ")}, and "*" all`, async () => {
        await serves(proxies[at] ?? assert.fail(), ids);
        for (const each of lab().nodes) await serves(each, all);
        const { endpoints } = await agentStatus((proxies[at] ?? assert.fail()).agent);
        assert.equal(endpoints, ids.length, "nothing else is subscribed to");
      });
    }

    it("leaves out a malformed item and says so", async () => {
      const { notes } = await agentStatus((proxies[2] ?? assert.fail()).agent);
      assert.match(notes.join("\n"), /ADDITIONAL_SERVICES.*nonsense.*project:service/);
    });
  });

  describe("reach", () => {
    const containers = new Map<string, LabContainer>();
    let proxies: Readonly<Record<Place, LabProxy>>;

    before(async () => {
      const n1 = node(1);
      await n1.docker("network", "create", "shared");
      const ports = ways.map(({ front }) => front);
      const inside = await n1.addProxy({ name: "inside", inside: { network: "shared", ports } });
      const outside = await n1.addProxy({ name: "outside", env: { VANTAGE: "outside" } });
      proxies = { "its node": n1, "another node": node(2), "its network": inside, outside };
      await Promise.all([inside.agent.start(), outside.agent.start()]);
      for (const { service, front, inner = 6379, facts = {} } of ways) {
        const id = `reach:${service}`;
        const command = namedRedis(id, "--port", String(inner));
        containers.set(service, await start(n1, id, `${front}:${inner}`, { name: service, command, ...facts }));
      }
    });

    const container = (service: string) => containers.get(service) ?? assert.fail(service);

    const isReached = async (way: Way, proxy: LabProxy, at: string) => {
      const answers = () => whoAnswers({ ...proxy, port: way.front });
      await eventually(async () => assert.equal(await answers(), `reach:${way.service}`), { within });
      const [where, port] = at.split(":");
      const ip = where === "node" ? node(1).address : await container(way.owner ?? way.service).address();
      assert.deepEqual(await serversAt(proxy, way.front), [`${ip}:${port}`]);
    };

    const isRefused = async ({ service, front, inner = 6379 }: Way, proxy: LabProxy) => {
      const key = `endpoints/reach/${service}/${inner}/n1/${container(service).id.slice(0, 12)}`;
      const reason = await agentTells(lab(), proxy, { code: "unreachable", key });
      assert.match(reason, new RegExp(`^${service}: .*: publish its container port ${inner} on node n1`));
      assert.equal(await whoAnswers({ ...proxy, port: front }), "ECONNREFUSED");
    };

    for (const way of ways) {
      const places = Object.entries(way.from) as readonly (readonly [Place, string])[];
      it(`${way.service}: ${places.map(([place, at]) => `${place} ${at}`).join(", ")}`, async () => {
        for (const [place, at] of places) {
          if (at === "refused") await isRefused(way, proxies[place]);
          else await isReached(way, proxies[place], at);
        }
      });
    }

    it("is nothing for a container without a network, which its node tells", async () => {
      const lonely = await start(node(1), "reach:none", "7100:6379", { network: "none" });
      const reason = "6379 cannot be reached: the container has network_mode: none";
      await registrarTells(lab(), node(1), lonely, [{ severity: "refused", code: "no-network", reason }]);
      assert.equal(await lonely.exec("redis-cli", "ping"), "PONG");
      for (const proxy of lab().nodes) assert.equal(await whoAnswers({ ...proxy, port: 7100 }), "ECONNREFUSED");
    });

    it("is told to be less than it looks when a port is published on loopback", async () => {
      const reason = "6379 is published on 127.0.0.1:7205, which no other node reaches: not used as an address";
      const expected = [{ severity: "hint", code: "published-on-loopback", reason }] as const;
      await registrarTells(lab(), node(1), container("on-loopback"), expected);
      assert.equal(await node(1).run("redis-cli", "-h", "127.0.0.1", "-p", "7205", "ping"), "PONG");
    });
  });
});
