import assert from "node:assert/strict";
import { networkAt, readNetworks } from "../../src/docker/networks.ts";

const listed = (Name: string, more: object) => ({
  Id: `id-of-${Name}`,
  Name,
  Driver: "bridge",
  Scope: "local",
  ...more,
});
const withIpam = (...Config: readonly object[]) => ({ IPAM: { Config } });

describe("Docker's list of networks", () => {
  const networks = readNetworks([
    listed("bridge", withIpam({ Subnet: "172.17.0.0/16" })),
    listed("both", withIpam({ Subnet: "198.19.100.0/24", Gateway: "198.19.100.9" }, { Subnet: "fd00:1::/64" })),
    listed("lan", { Driver: "macvlan", ...withIpam({ Subnet: "192.0.2.0/24", Gateway: "192.0.2.1" }) }),
    listed("mesh", { Driver: "overlay", Scope: "swarm", ...withIpam({ Subnet: "10.0.1.0/24", Gateway: "10.0.1.1" }) }),
    listed("host", { Driver: "host", IPAM: { Config: null } }),
    listed("ingress", { Driver: "overlay", Scope: "swarm", Ingress: true }),
    "odd",
  ]);

  it("tells of each what reachability depends on", () => {
    assert.deepEqual(networks.byId.get("id-of-ingress"), {
      id: "id-of-ingress",
      name: "ingress",
      driver: "overlay",
      scope: "swarm",
      isIngress: true,
    });
    assert.equal(networks.byId.size, 6);
  });

  for (const [ip, network] of [
    ["172.17.0.1", "bridge"],
    ["172.17.3.4", "bridge"],
    ["198.19.100.9", "both"],
    ["fd00:1::7", "both"],
    ["192.0.2.1", undefined],
    ["10.0.1.1", undefined],
    ["198.18.0.11", undefined],
    ["2001:db8::1", undefined],
  ] as const) {
    it(`${ip} is ${network === undefined ? "no address of a bridge" : `an address of ${network}`}`, () => {
      assert.equal(networkAt(networks, ip), network);
    });
  }

  it("tells the host's own addresses, also of a bridge that is listed without", () => {
    assert.deepEqual(
      [...networks.gateways],
      [
        ["172.17.0.1", "bridge"],
        ["198.19.100.9", "both"],
      ],
    );
  });
});
