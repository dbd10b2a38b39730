import assert from "node:assert/strict";
import { agentStatus, composeLabels, eventually, holdConnection, proxyLabels, useLab } from "./lab/index.ts";
import type { HeldConnection, LabNode, LabProxy } from "./lab/index.ts";
import { byAddon } from "./by-addon.ts";
import { forgedNode, forgedRecord } from "./forged-record.ts";

const soon = { within: 15_000 };

describe("a proxy container without ETCD_ENDPOINTS", () => {
  const lab = useLab({ registrars: false, agents: false });
  let node: LabNode;
  let lb: LabProxy;

  before(async () => {
    node = lab().node(1);
    await node.docker("network", "create", "shop");
    lb = await node.addProxy({
      name: "shop_lb_1",
      // A record that cannot be taken out, as the registry is away, runs out within a test.
      env: { ...byAddon, ADDITIONAL_SERVICES: "bank:db", LEASE_TTL: "5s" },
      inside: {
        network: "shop",
        ports: [6379, 7000],
        labels: { ...composeLabels("shop", "lb"), "aliyun.custom_addon": "proxy" },
      },
    });
  });

  const held: HeldConnection[] = [];
  afterEach(() => {
    for (const connection of held.splice(0)) connection.close();
  });
  /** A connection through the proxy that was answered. */
  const hold = (port: number) =>
    eventually(async () => {
      const connection = await holdConnection(lb.address, port);
      held.push(connection);
      await connection.echo(1000);
      return connection;
    }, soon);

  const readiness = async () => (await lb.agent.admin("/readyz")).body.trim();
  const isReady = () => eventually(async () => assert.equal(await readiness(), "ready"), soon);
  const waits = () => {
    const asked =
      /^not ready: waiting for the addon: http:\/\/198\.19\.\d+\.1:7379\/v1\/subscription does not answer: /;
    return eventually(async () => assert.match(await readiness(), asked), soon);
  };
  const messages = async (part: string) => (await linesOf(part)).length;
  const linesOf = async (part: string) =>
    (await lb.agent.log()).split("\n").filter((line) => line.includes(`"msg":"${part}`));
  /** Why the addon's last answer had to hold, each time that this changed. */
  const reasons = async () =>
    (await linesOf("addon does not answer, its last answer holds")).map(
      (line) => (JSON.parse(line) as { readonly reason: string }).reason,
    );
  const keysOfProxies = async () => (await lab().etcd.keys("/fairway/v1/proxies/")).map(({ key }) => key);
  /** HAProxy's worker, as soon as the agent has asked it. */
  const worker = () =>
    eventually(async () => (await agentStatus(lb.agent)).haproxy?.pid ?? assert.fail("not asked yet"), soon);
  /** Addresses of the servers that one front port has. */
  const serversAt = async (port: number) => {
    const { listeners } = await agentStatus(lb.agent);
    return (listeners.find((each) => each.port === port)?.servers ?? []).map(({ address, via }) => `${via} ${address}`);
  };
  const serve = (project: string, network: string, ports: string) =>
    node.runContainer({ network, labels: { ...composeLabels(project, "db"), ...proxyLabels(ports) } });

  it("waits for its node's registrar, visibly, and tells so once", async () => {
    await lb.agent.start();
    await waits();
    await node.registrar.start();
    await isReady();
    assert.equal(await messages("waiting for the addon"), 1);
    assert.equal(await messages("addon answered"), 1);
  });

  it("takes no address of its machine for a server, where its own container publishes that port or another node offers it", async () => {
    const gateway = await node.docker("network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", "shop");
    const leading = [
      { of: "n1", ip: lb.address, is: "a port that this proxy's own container publishes" },
      { of: "n2", ip: gateway, is: "an address of this proxy's own node, offered by node n2" },
    ];
    const keys = leading.map(({ of }) => `endpoints/shop/forged/7000/${of}/${"f".repeat(12)}`);
    const claim = { v: 1, claimedAt: "2026-11-22T08:00:01.000Z", by: "n1" };
    await lab().etcd.ctl("put", "/fairway/v1/claims/*/shop/7000", JSON.stringify(claim));
    await lab().etcd.ctl("put", "/fairway/v1/nodes/n2", forgedNode("198.18.0.99"));
    for (const [at, key] of keys.entries())
      await lab().etcd.ctl("put", `/fairway/v1/${key}`, forgedRecord(leading[at]?.ip ?? "", 7000));
    const refused = async () => (await agentStatus(lb.agent)).rejections;
    await eventually(async () => {
      const rejections = await refused();
      assert.deepEqual(
        rejections.map(({ code, key }) => `${code} ${key}`),
        keys.map((key) => `address-not-allowed ${key}`),
      );
      for (const [at, { is }] of leading.entries()) assert.ok(rejections[at]?.reason.includes(` is ${is}`), is);
    }, soon);
    assert.deepEqual(await serversAt(7000), []);
    for (const key of [...keys, "claims/*/shop/7000"]) await lab().etcd.ctl("del", `/fairway/v1/${key}`);
    await eventually(async () => assert.deepEqual(await refused(), []), soon);
    await lab().etcd.ctl("del", "/fairway/v1/nodes/n2");
  });

  it("is who its container is, and stands where that stands", async () => {
    const { proxy, scope, vantage, addon } = await agentStatus(lb.agent);
    const id = await node.docker("network", "inspect", "--format", "{{.Id}}", "shop");
    assert.deepEqual(
      { proxy, scope, vantage },
      {
        proxy: "shop_lb_1",
        scope: ["endpoints/bank/db/", "endpoints/shop/"],
        vantage: { kind: "container", node: "n1", networks: [{ id, name: "shop", scope: "local" }] },
      },
    );
    assert.equal(addon?.reason, null);
    await eventually(async () => assert.deepEqual(await keysOfProxies(), ["/fairway/v1/proxies/n1/shop_lb_1"]), soon);
  });

  it("serves its project's containers by the network that it shares with them, and no other project's", async () => {
    const db = await serve("shop", "shop", "6379");
    await serve("other", "shop", "6379");
    const address = `network ${await db.address("shop")}:6379`;
    await eventually(async () => assert.deepEqual(await serversAt(6379), [address]), soon);
    await hold(6379);
  });

  it("starts HAProxy from what it remembers before the addon answers", async () => {
    const before = await serversAt(6379);
    await node.registrar.stop();
    await lb.agent.stop();
    assert.equal((await lb.agent.subcommand("stop")).code, 0);
    await assert.rejects(lb.listeners());
    await lb.agent.start();
    const connection = await hold(6379);
    await waits();
    await eventually(async () => assert.deepEqual(await serversAt(6379), before), soon);
    const pid = await worker();
    await node.registrar.start();
    await isReady();
    await connection.echo();
    assert.equal(await worker(), pid);
  });

  it("keeps nothing secret on its disk", async () => {
    const snapshot = await node.run("cat", `${lb.stateDir}/snapshot.json`);
    assert.match(snapshot, /"identity":\{"node":"n1","proxy":"shop_lb_1"/);
    assert.doesNotMatch(snapshot, /registry|password|:2379/);
  });

  it("follows its container into a network and out of it, in the same session and without ending a connection", async () => {
    await node.docker("network", "create", "zoo");
    const bank = await serve("bank", "zoo", "7000:6379");
    const unreachable = async () => (await agentStatus(lb.agent)).rejections.map(({ code, key }) => `${code} ${key}`);
    const key = `unreachable endpoints/bank/db/6379/n1/${bank.id.slice(0, 12)}`;
    await eventually(async () => assert.deepEqual(await unreachable(), [key]), soon);
    const connection = await hold(6379);
    const sessions = await messages("registry lost");
    await node.docker("network", "connect", "zoo", "shop_lb_1");
    const address = `network ${await bank.address("zoo")}:6379`;
    await eventually(async () => assert.deepEqual(await serversAt(7000), [address]), soon);
    await hold(7000);
    await node.docker("network", "disconnect", "zoo", "shop_lb_1");
    await eventually(async () => assert.deepEqual(await unreachable(), [key]), soon);
    await connection.echo();
    assert.equal(await messages("registry lost"), sessions);
    // Into the network and out of it; the machine's address in it comes with the first, or was asked for before.
    const changes = await messages("addon answers otherwise");
    assert.ok(changes === 2 || changes === 3, `${changes} changes`);
  });

  it("asks again with each session: its record moves with its name, and only then", async () => {
    await node.docker("rename", "shop_lb_1", "shop_lb_9");
    await lab().etcd.stop();
    await lab().etcd.start();
    await eventually(async () => assert.deepEqual(await keysOfProxies(), ["/fairway/v1/proxies/n1/shop_lb_9"]), soon);
    await isReady();
    assert.equal((await serversAt(6379)).length, 1);
  });

  it("goes on while the addon is away or refuses, and says once why", async () => {
    const [before, answersBefore] = [await reasons(), await messages("addon answers again")];
    await node.registrar.stop();
    await lab().etcd.stop();
    const isAway = async () => assert.match((await agentStatus(lb.agent)).addon?.reason ?? "", /does not answer/);
    await eventually(isAway, soon);
    const connection = await hold(6379);
    await lab().etcd.start();
    await node.registrar.start();
    await eventually(async () => assert.equal((await agentStatus(lb.agent)).addon?.reason, null), soon);
    await isReady();
    await connection.echo();
    const said = (await reasons()).slice(before.length);
    assert.match(said[0] ?? "", /does not answer/);
    assert.deepEqual(said, [...new Set(said)]);
    assert.equal(await messages("addon answers again"), answersBefore + 1);
  });

  it("takes its record with it when it ends", async () => {
    await lb.agent.stop();
    await eventually(async () => assert.deepEqual(await keysOfProxies(), []), soon);
  });

  it("asks the IPv6 gateway where there is no other, and reaches the registry by IPv6", async () => {
    await node.docker("network", "create", "--ipv6", "--subnet", "fd00:198::/64", "six");
    const [etcd] = lab().etcd.members;
    const relay = ["socat", "TCP6-LISTEN:2379,fork,reuseaddr", `TCP:${etcd?.address}:2379`];
    await node.runContainer({ network: "six", command: relay, options: ["--ip6", "fd00:198::9"] });
    const labels = { ...composeLabels("six", "lb"), "aliyun.custom_addon": "proxy" };
    const six = await node.addProxy({ name: "six_lb_1", env: byAddon, inside: { network: "six", ports: [], labels } });
    await leaveIPv4(node, "six_lb_1");
    await node.registrar.stop();
    await node.registrar.start({ ADDON_ETCD_ENDPOINTS: "http://[fd00:198::9]:2379" });
    await six.agent.start();
    await eventually(async () => assert.equal((await six.agent.admin("/readyz")).body, "ready\n"), soon);
    const record = "/fairway/v1/proxies/n1/six_lb_1";
    await eventually(async () => assert.ok((await keysOfProxies()).includes(record)), soon);
    const source = /"source":"(fd00:198::[0-9a-f]+)","container":"six_lb_1"/.exec(await node.registrar.log())?.[1];
    assert.equal(source, await node.docker("inspect", "--format", sixthAddress, "six_lb_1"));
  });
});

const sixthAddress = "{{.NetworkSettings.Networks.six.GlobalIPv6Address}}";

/** As in a network without IPv4: no way out by it, but for the answers to this test. */
async function leaveIPv4({ docker, run }: LabNode, container: string): Promise<void> {
  const format = "{{.State.Pid}} {{.NetworkSettings.Networks.six.Gateway}}";
  const [pid, gateway] = (await docker("inspect", "--format", format, container)).split(" ");
  const change = `ip route add 198.18.0.0/15 via ${gateway} && ip route delete default`;
  await run("nsenter", `--net=/proc/${pid}/ns/net`, "sh", "-c", change);
}
