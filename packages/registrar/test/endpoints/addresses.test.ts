import assert from "node:assert/strict";
import { addressesOf, type AddressedNode } from "../../src/endpoints/addresses.ts";
import { aContainer, type ContainerBuilder } from "../a-container.ts";

/** Addresses in short: `network:ip:port` or `node ip:port`. */
const node: AddressedNode = { address: "198.18.0.11", isRootless: false };

function read(networkOwner: ContainerBuilder, but: Partial<AddressedNode> = {}) {
  const { addresses, rejections } = addressesOf({
    networkOwner: networkOwner.build(),
    port: 6379,
    node: { ...node, ...but },
  });
  return {
    addresses: addresses.map((each) => {
      return each.via === "node" ? `node ${each.ip}:${each.port}` : `${each.network} ${each.ip}:${each.port}`;
    }),
    codes: rejections.map(({ code, severity }) => `${severity} ${code}`),
  };
}

describe("addresses", () => {
  const bridge = aContainer().on("bridge", "172.17.0.3");
  const ingress = { driver: "overlay", scope: "swarm", isIngress: true };
  const rows: readonly (readonly [string, ContainerBuilder, readonly string[], readonly string[]])[] = [
    ["a bridge network", bridge, ["bridge 172.17.0.3:6379"], []],
    ["every network, by name", bridge.on("a", "10.0.0.2"), ["a 10.0.0.2:6379", "bridge 172.17.0.3:6379"], []],
    [
      "both families of one network",
      aContainer().on("six", "", { ips: ["172.18.0.2", "fd00::2"] }),
      ["six 172.18.0.2:6379", "six fd00::2:6379"],
      [],
    ],
    [
      "a published port at the node's address",
      bridge.published(6379, 32768).published(6379, 32768, "::"),
      ["bridge 172.17.0.3:6379", "node 198.18.0.11:32768"],
      [],
    ],
    ["another port's publication does not count", bridge.published(80, 8080), ["bridge 172.17.0.3:6379"], []],
    [
      "published twice",
      bridge.published(6379, 7001).published(6379, 7000),
      ["bridge 172.17.0.3:6379", "node 198.18.0.11:7000", "node 198.18.0.11:7001"],
      [],
    ],
    [
      "published on a specific address",
      bridge.published(6379, 7777, "198.18.9.9"),
      ["bridge 172.17.0.3:6379", "node 198.18.9.9:7777"],
      [],
    ],
    [
      "published on loopback: not an address",
      bridge.published(6379, 7777, "127.0.0.1"),
      ["bridge 172.17.0.3:6379"],
      ["hint published-on-loopback"],
    ],
    [
      "published on loopback alone: refused",
      aContainer().published(6379, 7777, "::1"),
      [],
      ["refused no-address", "hint published-on-loopback"],
    ],
    [
      "published on the gateway of a Docker network of the node: not an address",
      bridge.published(6379, 7777, "198.19.100.1", "both"),
      ["bridge 172.17.0.3:6379"],
      ["hint published-locally"],
    ],
    [
      "published on link-local, metadata or multicast addresses: none is one",
      bridge.published(6379, 1, "169.254.1.1").published(6379, 2, "169.254.169.254").published(6379, 3, "224.0.0.9"),
      ["bridge 172.17.0.3:6379"],
      ["hint published-locally", "hint published-locally", "hint published-locally"],
    ],
    [
      "published on several addresses: the node's own first",
      aContainer()
        .published(6379, 7000, "10.0.2.15")
        .published(6379, 7000, "198.18.0.11")
        .published(6379, 7000, "198.18.0.1"),
      ["node 198.18.0.11:7000", "node 10.0.2.15:7000", "node 198.18.0.1:7000"],
      [],
    ],
    [
      "a network of link-local addresses: not used",
      aContainer().on("odd", "169.254.7.2"),
      [],
      ["refused no-address", "hint network-not-usable"],
    ],
    ["the host's network", aContainer().inMode({ kind: "host" }), ["node 198.18.0.11:6379"], []],
    ["no network", aContainer().inMode({ kind: "none" }), [], ["refused no-network"]],
    ["no address yet", aContainer().on("bridge", "", { ips: [] }), [], ["refused no-address"]],
    [
      "Swarm's ingress network is skipped",
      aContainer().on("ingress", "10.0.0.5", ingress).on("shop", "10.0.1.5", { driver: "overlay", scope: "swarm" }),
      ["shop 10.0.1.5:6379"],
      ["hint routing-mesh"],
    ],
    [
      "the routing mesh alone",
      aContainer().on("ingress", "10.0.0.5", ingress),
      [],
      ["refused no-address", "hint routing-mesh"],
    ],
    [
      "mode: host beside the routing mesh",
      aContainer().on("ingress", "10.0.0.5", ingress).published(6379, 6379),
      ["node 198.18.0.11:6379"],
      [],
    ],
  ];
  for (const [name, networkOwner, addresses, codes] of rows) {
    it(name, () => assert.deepEqual(read(networkOwner), { addresses, codes }));
  }

  it("are NODE_ADDRESS's whatever that is: the operator knows", () => {
    const networkOwner = aContainer().published(6379, 7000, "127.0.0.1").published(6379, 7001, "172.17.0.1", "bridge");
    assert.deepEqual(read(networkOwner, { address: "127.0.0.1" }).addresses, ["node 127.0.0.1:7000"]);
    assert.deepEqual(read(networkOwner, { address: "172.17.0.1" }).addresses, ["node 172.17.0.1:7001"]);
  });

  it("of a rootless engine are not reached from the host, except where published", () => {
    const networkOwner = bridge.published(6379, 7000).build();
    const { addresses } = addressesOf({ networkOwner, port: 6379, node: { ...node, isRootless: true } });
    assert.deepEqual(
      addresses.map((each) => (each.via === "node" ? `node ${each.ip}` : [each.ip, each.fromHost])),
      [["172.17.0.3", false], "node 198.18.0.11"],
    );
    const host = aContainer().inMode({ kind: "host" });
    assert.deepEqual(read(host, { isRootless: true }), { addresses: [], codes: ["refused no-network"] });
  });

  it("says of one that is left out what to publish it on", () => {
    const networkOwner = bridge.published(6379, 7777, "172.17.0.1", "bridge").build();
    const [rejection] = addressesOf({ networkOwner, port: 6379, node }).rejections;
    assert.equal(
      rejection?.reason,
      "6379 is published on 172.17.0.1:7777, this node's address in Docker network bridge, which is another host or " +
        "none to other nodes: not used as an address; publish it on 198.18.0.11",
    );
  });

  it("at a node with an IPv6 address are those published on IPv6", () => {
    const networkOwner = bridge.published(6379, 32768).published(6379, 32769, "::");
    assert.deepEqual(read(networkOwner, { address: "2001:db8::1" }).addresses, [
      "bridge 172.17.0.3:6379",
      "node 2001:db8::1:32769",
    ]);
  });

  it("carry network, scope and driver", () => {
    const networkOwner = aContainer().on("shop", "10.0.1.5", { id: "n1", driver: "overlay", scope: "swarm" }).build();
    assert.deepEqual(addressesOf({ networkOwner, port: 80, node }).addresses, [
      { via: "network", networkId: "n1", network: "shop", scope: "swarm", driver: "overlay", ip: "10.0.1.5", port: 80 },
    ]);
  });

  it("advises mode: host against the routing mesh", () => {
    const networkOwner = aContainer().on("ingress", "10.0.0.5", ingress).build();
    const reasons = addressesOf({ networkOwner, port: 80, node }).rejections.map(({ reason }) => reason);
    assert.ok(reasons.some((reason) => reason.includes("mode: host")));
  });
});
