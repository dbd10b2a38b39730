import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { handoutSchema } from "@fairway/contract";
import { ask, type Asked } from "./ask-addon.ts";
import { composeLabels, eventually, registrarStatus, useLab } from "./lab/index.ts";
import type { LabContainer, LabNode } from "./lab/index.ts";

const mayAsk = { "aliyun.custom_addon": "proxy" };
const idle = ["sleep", "infinity"];
const gateway = "198.19.0.1";

/** The rules of the page, as the commands that it gives. */
const firewall = readFileSync(new URL("../docs/deploying.md", import.meta.url), "utf8").match(/^ +iptables .*/gm) ?? [];

function assertRefused({ status, body }: Asked, reason: RegExp): void {
  assert.equal(status, 403, JSON.stringify(body));
  assert.deepEqual(Object.keys(body), ["error"]);
  assert.match(String(body["error"]), reason);
}

describe("the addon answers", () => {
  const lab = useLab({ nodes: 2, agents: false });
  let node: LabNode;
  let other: LabNode;
  let lb: LabContainer;

  before(async () => {
    [node, other] = [lab().node(1), lab().node(2)];
    const labels = { ...mayAsk, ...composeLabels("shop", "lb") };
    lb = await node.runContainer({ name: "shop_lb_1", labels, command: idle });
  });

  const from = (container: LabContainer, address = gateway) => ask(container.exec, address);

  it("a labelled container on a bridge, with exactly what the contract says", async () => {
    const networkId = await node.docker("network", "inspect", "--format", "{{.Id}}", "bridge");
    assert.deepEqual(await from(lb), {
      status: 200,
      body: {
        v: 1,
        node: "n1",
        nodeAddress: node.address,
        zone: "",
        proxy: "shop_lb_1",
        project: "shop",
        service: "lb",
        networks: [{ id: networkId, name: "bridge", scope: "local" }],
        published: [],
        hostAddresses: [node.address, gateway],
        registry: {
          prefix: "/fairway/v1",
          endpoints: lab().etcd.endpoints.split(","),
          username: null,
          password: null,
          ca: null,
          cert: null,
          key: null,
        },
      },
    });
  });

  it("nobody without the label", async () => {
    const plain = await node.runContainer({ name: "plain", command: idle });
    assertRefused(await from(plain), /^container plain has no label aliyun\.custom_addon: "proxy"/);
    const slip = await node.runContainer({ labels: { "aliyun.custom_addon": "true" }, command: idle });
    assertRefused(await from(slip), /, but "true"/);
  });

  it("not the host, whichever of its addresses it asks", async () => {
    for (const address of ["127.0.0.1", gateway, node.address]) {
      assertRefused(await ask(node.run, address), /^the request comes from the host itself/);
    }
  });

  it("not a container in the host's network, labelled or not", async () => {
    const inHost = await node.runContainer({ labels: mayAsk, network: "host", command: idle });
    for (const address of ["127.0.0.1", gateway]) assertRefused(await from(inHost, address), /set ETCD_ENDPOINTS/);
  });

  it("not a container that only uses another's network, by its own label", async () => {
    await node.runContainer({ name: "main", command: idle });
    const side = await node.runContainer({ labels: mayAsk, network: "container:main", command: idle });
    assertRefused(await from(side), /^container main has no label/);
  });

  it("nobody on another node: not its host, not its labelled container of the same address", async () => {
    assertRefused(
      await ask(other.run, node.address),
      /is the address of no running container on a bridge of this node/,
    );
    const twin = await other.runContainer({ labels: mayAsk, command: idle });
    assert.equal(await twin.address(), await lb.address());
    assertRefused(await from(twin, node.address), /is the address of no running container/);
    const { status, body } = await from(twin);
    assert.deepEqual([status, body["node"]], [200, "n2"]);
  });

  it("nobody whose packets are routed to the bridge's gateway, whatever address they carry", async () => {
    const [stranger] = lab().etcd.members;
    assert.ok(stranger);
    await stranger.run("ip", "route", "add", "198.19.0.0/24", "via", node.address);
    assertRefused(await ask(stranger.run, gateway), /is the address of no running container/);
    const stolen = await lb.address();
    await stranger.run("ip", "address", "add", `${stolen}/32`, "dev", "lo");
    await assert.rejects(ask(stranger.run, gateway, { as: stolen }));
    await stranger.run("ip", "address", "delete", `${stolen}/32`, "dev", "lo");
  });

  it("not a labelled container that comes by the node's address", async () => {
    assertRefused(
      await from(lb, node.address),
      /which is not the gateway of its bridge: ask at 198\.19\.0\.1 \(bridge\)$/,
    );
  });

  it("nobody through a published port, be it from another node, from here or from a labelled container", async () => {
    const relay = ["socat", "TCP-LISTEN:8000,fork,reuseaddr", `TCP:${gateway}:7379`];
    await node.runContainer({ name: "relay", publish: ["8000:8000"], command: relay });
    await eventually(() => ask(other.run, node.address, { port: 8000 }), { within: 5000 });
    for (const [run, address] of [
      [other.run, node.address],
      [node.run, "127.0.0.1"],
      [node.run, gateway],
      [lb.exec, node.address],
      [lb.exec, gateway],
    ] as const) {
      assertRefused(await ask(run, address, { port: 8000 }), /^container relay has no label/);
    }
  });

  it("by what the engine says now: an address that was a labelled container's may be another's", async () => {
    await node.docker("network", "create", "--subnet", "198.19.200.0/24", "fixed");
    const at = { network: "fixed", options: ["--ip", "198.19.200.7"], command: idle };
    const labelled = await node.runContainer({ ...at, labels: mayAsk });
    assert.equal((await from(labelled, "198.19.200.1")).status, 200);
    await labelled.remove();
    const heir = await node.runContainer({ ...at, name: "heir" });
    assertRefused(await from(heir, "198.19.200.1"), /^container heir has no label/);
  });

  it("only at a gateway of the asking container's own bridges", async () => {
    await node.docker("network", "create", "elsewhere");
    const format = "{{range .IPAM.Config}}{{.Gateway}}{{end}}";
    const address = await node.docker("network", "inspect", "--format", format, "elsewhere");
    assertRefused(await from(lb, address), /which is not the gateway of its bridge/);
    await node.docker("network", "connect", "elsewhere", "shop_lb_1");
    const { status, body } = await from(lb, address);
    assert.equal(status, 200);
    const { networks } = handoutSchema.parse(body);
    assert.deepEqual(networks.map(({ name }) => name).toSorted(), ["bridge", "elsewhere"]);
  });

  it("nothing but GET /v1/subscription", async () => {
    for (const request of ["POST /v1/subscription", "GET /", "GET /v1/subscription/", "GET /status"]) {
      const { status, body } = await ask(lb.exec, gateway, { request });
      assert.deepEqual([status, Object.keys(body)], [404, ["error"]]);
    }
  });

  it("a container on an overlay, by Docker's gateway bridge", async () => {
    await node.docker("swarm", "init", "--advertise-addr", node.address);
    await node.docker("network", "create", "--driver", "overlay", "--attachable", "mesh");
    const meshed = await node.runContainer({ name: "meshed", labels: mayAsk, network: "mesh", command: idle });
    const format = "{{range .IPAM.Config}}{{.Gateway}}{{end}}";
    const address = await node.docker("network", "inspect", "--format", format, "docker_gwbridge");
    const { status, body } = await from(meshed, address);
    assert.equal(status, 200, JSON.stringify(body));
    const { networks } = handoutSchema.parse(body);
    assert.deepEqual(
      networks.map(({ name, scope }) => `${name} ${scope}`),
      ["mesh swarm"],
    );
    const plain = await node.runContainer({ name: "plain-meshed", network: "mesh", command: idle });
    assertRefused(await from(plain, address), /^container plain-meshed has no label/);
  });

  it("through the firewall of docs/deploying.md, which keeps others from asking at all", async () => {
    const format = "{{range .IPAM.Config}}{{.Gateway}}{{end}}";
    const askOn = async (network: string, gatewayOf = network) => {
      const container = await node.runContainer({ labels: mayAsk, network, command: idle });
      const address = await node.docker("network", "inspect", "--format", format, gatewayOf);
      return async () => (await from(container, address)).status;
    };
    await node.docker("network", "create", "walled");
    const askers = await Promise.all([askOn("bridge"), askOn("walled"), askOn("mesh", "docker_gwbridge")]);
    await node.run("sh", "-ec", firewall.join("\n"));
    await assert.rejects(ask(other.run, node.address), /timed out/i);
    assert.deepEqual(await Promise.all(askers.map((asks) => asks())), [200, 200, 200]);
    await node.run("sh", "-ec", firewall.join("\n").replaceAll(" -A ", " -D "));
    assertRefused(await ask(other.run, node.address), /is the address of no running container/);
  });

  it("in its registrar's metrics, status and log", async () => {
    const { body } = await node.registrar.admin("/metrics");
    assert.match(body, /^fairway_registrar_addon_requests_total\{outcome="answered"\} [1-9]/m);
    assert.match(body, /^fairway_registrar_addon_listening 1$/m);
    const { answered, refused } = (await registrarStatus(node.registrar)).addon;
    assert.ok(answered.length > 0);
    assert.ok(refused.some(({ reason }) => reason.startsWith("container relay has no label")));
    assert.match(
      await node.registrar.log(),
      /"reason":"container relay has no label [^}]*"msg":"subscription refused"/,
    );
  });
});

describe("a registrar whose ADDON_LISTEN is taken", () => {
  const lab = useLab({ registrars: false, agents: false });

  it("goes on without it, says so in one line and in its status, and listens when the port is free", async () => {
    const node = lab().node(1);
    const lb = await node.runContainer({ labels: mayAsk, command: idle });
    const holder = await node.runContainer({
      network: "host",
      command: ["socat", "TCP6-LISTEN:7379,fork,reuseaddr", "SYSTEM:true"],
    });
    await eventually(() => node.run("sh", "-c", "socat -u TCP:127.0.0.1:7379 /dev/null"), { within: 5000 });
    await node.registrar.start();
    await eventually(async () => (await node.registrar.admin("/readyz")).status === 200, { within: 10_000 });
    const addon = async () => (await registrarStatus(node.registrar)).addon;
    await eventually(
      async () => assert.match((await addon()).reason ?? "", /^ADDON_LISTEN: another program listens there/),
      {
        within: 5000,
      },
    );
    await holder.remove();
    await eventually(
      async () => assert.deepEqual([(await addon()).listening, (await addon()).reason], [true, undefined]),
      {
        within: 20_000,
      },
    );
    const { status } = await ask(lb.exec, gateway);
    assert.equal(status, 200);
    const lines = (await node.registrar.log()).split("\n").filter((line) => line.includes('"msg":"addon '));
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { msg: string }).msg),
      ["addon cannot listen, proxy containers wait; trying again", "addon listens"],
    );
  });
});
