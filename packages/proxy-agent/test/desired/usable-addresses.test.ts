import assert from "node:assert/strict";
import { type Address, hostPortsKey } from "@fairway/contract";
import type { Here } from "../../src/desired/usable-addresses.ts";
import type { Vantage } from "../../src/desired/vantage.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import { decide, desiredStateOf, facts } from "../facts.ts";
import { given, published } from "../given.ts";

const own = "198.18.0.11";
const here: Here = { addresses: new Set(["127.0.0.1", "172.17.0.1", own, "2001:db8::11"]), nodeAddress: undefined };
/** Of a proxy in a container that publishes two ports, one of them at one address alone. */
const inside: Here = {
  addresses: new Set(["127.0.0.1", "172.17.0.5"]),
  nodeAddress: undefined,
  published: [
    { ip: "0.0.0.0", port: 7200 },
    { ip: "198.18.7.7", port: 7201 },
  ],
  hostAddresses: new Set([own, "172.17.0.1"]),
};
const shared = { networkId: "b".repeat(64), network: "bridge" };
const inContainer: Vantage = {
  kind: "container",
  node: "node-1",
  networks: [{ id: shared.networkId, name: shared.network, scope: "local" }],
};

type Row = {
  readonly from?: string;
  readonly ip: string;
  readonly port?: number;
  readonly vantage?: Vantage;
  /** Said to be one of a container, in a network of this scope. */
  readonly scope?: "local" | "swarm";
  /** Of node-1, of node-2. */
  readonly nodes?: readonly [string, string];
};

/** What becomes of a record of a node with one address. */
function outcomeOf({
  from = "node-2",
  ip,
  port = 7000,
  vantage,
  scope,
  nodes: [one, two] = [own, "198.18.0.12"],
}: Row): string {
  const address: Address = scope ? { via: "network", ...shared, scope, ip, port } : published(ip, port);
  const records = given()
    .node("node-1", { address: one })
    .node("node-2", { address: two })
    .service("shop", "db")
    .endpoint({ node: from, addresses: [address] });
  const { listeners, rejections } = decide(records, vantage ? { here: inside, vantage } : { here });
  const [server] = listeners[0]?.servers ?? [];
  return server ? `${server.ip}:${server.port}` : (rejections[0]?.code ?? "nothing");
}

describe("an address in a record", () => {
  const no = "address-not-allowed";
  const rows: readonly (readonly [string, Row, string])[] = [
    ["of another node", { ip: "198.18.0.12" }, "198.18.0.12:7000"],
    ["of another node that is not the one it says it has", { ip: "198.18.9.9" }, "198.18.9.9:7000"],
    ["that is this node's own, offered by another", { ip: own }, no],
    ["that is this node's bridge, offered by another", { ip: "172.17.0.1" }, no],
    ["that is this node's own, written otherwise", { ip: "::ffff:198.18.0.11" }, no],
    ["that is this node's own in IPv6", { ip: "2001:db8:0::11" }, no],
    [
      "that is this node's own, offered by an engine on the same machine",
      { ip: own, nodes: [own, own] },
      `${own}:7000`,
    ],
    ["that this node's record says, on no interface of it", { ip: "203.0.113.7", nodes: ["203.0.113.7", own] }, no],
    ["of this node itself", { from: "node-1", ip: own }, `${own}:7000`],
    ["of the node of a proxy in a container, offered by another", { ip: own, vantage: inContainer }, no],
    [
      "of its node that a proxy's own container publishes",
      { from: "node-1", ip: own, vantage: inContainer, port: 7200 },
      no,
    ],
    ["the same at another address of it", { from: "node-1", ip: "198.18.7.7", vantage: inContainer, port: 7200 }, no],
    [
      "of its node at one address that it does not",
      { from: "node-1", ip: own, vantage: inContainer, port: 7201 },
      `${own}:7201`,
    ],
    [
      "of its node that a proxy's own container publishes, offered by one that says that it is the same machine",
      { ip: own, vantage: inContainer, port: 7200, nodes: [own, own] },
      no,
    ],
    ["of the machine below a proxy in a container, offered by another", { ip: "172.17.0.1", vantage: inContainer }, no],
    [
      "of that machine, said to be a container's in a network of the proxy's that spans nodes",
      { ip: "172.17.0.1", vantage: inContainer, scope: "swarm" },
      no,
    ],
    [
      "of that machine at a port that the proxy's own container publishes, said to be a container's of its node",
      { from: "node-1", ip: "172.17.0.1", port: 7200, vantage: inContainer, scope: "local" },
      no,
    ],
    ["of that number elsewhere", { ip: "198.18.0.12", vantage: inContainer, port: 7200 }, "198.18.0.12:7200"],
    ["on loopback", { ip: "127.0.0.1" }, no],
    ["on loopback that its node says it has", { ip: "127.0.0.1", nodes: [own, "127.0.0.1"] }, no],
    ["on this node's loopback", { from: "node-1", ip: "127.0.0.1" }, no],
    [
      "on this node's loopback, where that is its address",
      { from: "node-1", ip: "127.0.0.1", nodes: ["127.0.0.1", own] },
      "127.0.0.1:7000",
    ],
    [
      "on loopback in a container",
      { from: "node-1", ip: "127.0.0.1", nodes: ["127.0.0.1", own], vantage: inContainer },
      no,
    ],
    ["of a cloud's metadata", { ip: "169.254.169.254" }, no],
    ["of a cloud's metadata, by this node", { from: "node-1", ip: "169.254.169.254" }, no],
    ["that is link-local", { ip: "169.254.3.4" }, no],
    ["that is link-local in IPv6", { ip: "fe80::1" }, no],
    ["for many", { ip: "224.0.0.1" }, no],
    ["for everybody", { ip: "255.255.255.255" }, no],
  ];
  for (const [title, row, expected] of rows) {
    it(`${title} becomes ${expected}`, () => assert.equal(outcomeOf(row), expected));
  }

  it("is judged by what the registry says that the proxy's own container publishes, as it comes and goes", () => {
    const cache = new RegistryCache();
    const hostPorts = hostPortsKey({ node: "node-1", container12: "4f5c1b2a9d3e" });
    const records = given().node("node-1", { address: own }).service("shop", "db");
    cache.onEvent(records.endpoint({ addresses: [published(own, 7200)] }).listed(), 0);
    const here = { ...inside, published: [], hostAddresses: undefined, hostPortsKey: hostPorts };
    const untold = { ...facts, vantage: inContainer, here };
    const state = desiredStateOf(cache, { facts: untold, ownAddresses: () => inside.addresses });
    const servers = () => state.take()?.desired.listeners.flatMap((listener) => listener.servers.map(({ ip }) => ip));
    assert.deepEqual(servers(), [own]);
    const publishing = (port: number) => JSON.stringify({ v: 1, ports: [{ ip: "0.0.0.0", port }] });
    cache.onEvent(given(100n).put(hostPorts, publishing(7200)).changed(), 0);
    assert.deepEqual(servers(), []);
    assert.match(state.rejections()[0]?.reason ?? "", /:7200 is a port that this proxy's own container publishes/);
    state.move(untold);
    assert.deepEqual(servers(), [], "also after it was told again where it stands");
    cache.onEvent(given(200n).put(hostPorts, publishing(7201)).changed(), 0);
    assert.deepEqual(servers(), [own]);
  });

  it("is judged by what the addon tells of the machine later on", () => {
    const cache = new RegistryCache();
    const records = given().node("node-1", { address: own }).service("shop", "db");
    cache.onEvent(records.endpoint({ addresses: [published(own, 7200)] }).listed(), 0);
    const told = { ...facts, vantage: inContainer, here: { ...inside, published: [], hostAddresses: undefined } };
    const state = desiredStateOf(cache, { facts: told, ownAddresses: () => inside.addresses });
    const servers = () => state.take()?.desired.listeners.flatMap((listener) => listener.servers.map(({ ip }) => ip));
    assert.deepEqual(servers(), [own]);
    state.move({ ...told, here: inside });
    assert.deepEqual(servers(), []);
    assert.deepEqual(
      state.rejections().map(({ code }) => code),
      [no],
    );
  });

  it("of this node that only a router has is reached at the machine's own", () => {
    const records = given().node("node-1", { address: "203.0.113.7" }).service("shop", "db");
    records.endpoint({ addresses: [published("203.0.113.7", 7000)] });
    const { listeners } = decide(records, { here: { ...here, localAddress: own } });
    assert.deepEqual(
      listeners[0]?.servers.map(({ ip, port }) => `${ip}:${port}`),
      [`${own}:7000`],
    );
  });

  it("is refused with what to do", () => {
    const records = given().node("node-1").service("shop", "db");
    const { rejections } = decide(records.endpoint({ node: "node-2", addresses: [published(own, 7000)] }), { here });
    assert.deepEqual(
      rejections.map(({ reason }) => reason),
      [
        `one: it cannot be reached: ${own} is an address of this proxy's own node, offered by node node-2; publish its ` +
          "port on the NODE_ADDRESS of node node-2",
      ],
    );
  });

  it("counts anew when a node says another address, and when this machine has another one", () => {
    const cache = new RegistryCache();
    const records = given().node("node-1", { address: own }).node("node-2", { address: own }).service("shop", "db");
    cache.onEvent(records.endpoint({ node: "node-2", addresses: [published(own, 7000)] }).listed(), 0);
    let addresses: ReadonlySet<string> = here.addresses;
    const state = desiredStateOf(cache, { ownAddresses: () => addresses });
    const servers = () => state.take()?.desired.listeners.flatMap((listener) => listener.servers.map(({ ip }) => ip));
    assert.deepEqual(servers(), [own], "the same machine");
    cache.onEvent(given(records.revision).node("node-2", { address: "198.18.0.12" }).changed(), 0);
    assert.deepEqual(servers(), [], "two machines");
    addresses = new Set(["198.18.0.99"]);
    cache.onEvent(given(records.revision).node("node-1", { address: "198.18.0.99" }).changed(), 0);
    assert.deepEqual(servers(), [], "interfaces are read at the resync");
    cache.onEvent(
      records.node("node-1", { address: "198.18.0.99" }).node("node-2", { address: "198.18.0.12" }).listed(),
      0,
    );
    assert.deepEqual(servers(), [own], "the address is another machine's now");
  });
});
