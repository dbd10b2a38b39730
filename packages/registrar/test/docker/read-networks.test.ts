import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { idsAt, readBridge } from "../../src/docker/networks.ts";

const listed = (Id: string, Networks: unknown) => ({ Id, NetworkSettings: { Networks } });

describe("Docker's list of containers", () => {
  const list = [
    listed("a", { bridge: { IPAddress: "172.17.0.2", GlobalIPv6Address: "" } }),
    listed("b", { bridge: { IPAddress: "172.17.0.3" }, six: { IPAddress: "", GlobalIPv6Address: "fd00::3" } }),
    listed("host", { host: { IPAddress: "", GlobalIPv6Address: "" } }),
    listed("none", null),
    "odd",
    listed("c", { other: { IPAddress: "172.17.0.2" } }),
  ];
  for (const [ip, ids] of [
    ["172.17.0.3", ["b"]],
    ["fd00::3", ["b"]],
    ["172.17.0.2", ["a", "c"]],
    ["172.17.0.9", []],
  ] as const) {
    it(`has at ${ip}: ${ids.join(", ") || "nobody"}`, () => assert.deepEqual(idsAt(list, ip), ids));
  }
});

describe("Docker's inspection of a network", () => {
  it("tells a bridge's gateways and who is on it", () => {
    const json = {
      Name: "docker_gwbridge",
      Driver: "bridge",
      IPAM: { Config: [{ Subnet: "172.18.0.0/16", Gateway: "172.18.0.1" }, { Subnet: "fd00::/64" }] },
      Containers: {
        "ingress-sbox": { Name: "gateway_ingress-sbox", IPv4Address: "172.18.0.2/16", IPv6Address: "" },
        id: { Name: "gateway_4f5c", IPv4Address: "172.18.0.3/16", IPv6Address: "fd00::3/64" },
      },
    };
    assert.deepEqual(readBridge(json), {
      name: "docker_gwbridge",
      gateways: ["172.18.0.1"],
      members: [
        { container: "ingress-sbox", ips: ["172.18.0.2"] },
        { container: "id", ips: ["172.18.0.3", "fd00::3"] },
      ],
    });
  });

  for (const [what, json] of [
    ["nothing", undefined],
    ["an overlay", { Name: "mesh", Driver: "overlay", IPAM: { Config: [{ Gateway: "10.0.1.1" }] } }],
  ] as const) {
    it(`tells of no bridge: ${what}`, () => assert.equal(readBridge(json), undefined));
  }
});
