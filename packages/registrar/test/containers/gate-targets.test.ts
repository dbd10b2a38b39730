import assert from "node:assert/strict";
import { addressesOf } from "../../src/endpoints/addresses.ts";
import { gateTargets } from "../../src/containers/gate-targets.ts";
import { aContainer, type ContainerBuilder } from "../a-container.ts";

function targets(builder: ContainerBuilder, localAddress?: string): readonly string[] {
  const container = builder.build();
  const { addresses } = addressesOf({
    networkOwner: container,
    port: 80,
    node: { address: "198.18.0.11", isRootless: false },
  });
  return gateTargets({ container, networkOwner: container, addresses, localAddress }).map(
    ({ ip, port }) => `${ip}:${port}`,
  );
}

describe("the readiness gate tries", () => {
  const rows: readonly (readonly [string, ContainerBuilder, readonly string[]])[] = [
    ["a local bridge", aContainer().on("bridge", "172.17.0.3"), ["172.17.0.3:80"]],
    ["every local bridge", aContainer().on("a", "10.1.0.3").on("b", "10.2.0.3"), ["10.1.0.3:80", "10.2.0.3:80"]],
    ["the node for a host-network container", aContainer().inMode({ kind: "host" }), ["198.18.0.11:80"]],
    ["no published port, behind which docker-proxy accepts", aContainer().published(80, 8080), []],
    ["no overlay", aContainer().on("o", "10.3.0.3", { driver: "overlay", scope: "swarm" }), []],
    ["no macvlan", aContainer().on("m", "10.4.0.3", { driver: "macvlan" }), []],
    [
      "whose the node's port is for one with a HEALTHCHECK in the host's network",
      aContainer().inMode({ kind: "host" }).withHealth("starting"),
      ["198.18.0.11:80"],
    ],
    ["nothing of a container with a HEALTHCHECK", aContainer().on("a", "10.1.0.3").withHealth("starting"), []],
    [
      "which of several addresses of a container with a HEALTHCHECK to use",
      aContainer().on("a", "10.1.0.3").on("b", "10.2.0.3").withHealth("starting"),
      ["10.1.0.3:80", "10.2.0.3:80"],
    ],
  ];
  for (const [name, builder, expected] of rows) it(name, () => assert.deepEqual(targets(builder), expected));

  it("an own address of the machine too for a host-network container where the node's is a router's", () => {
    const host = aContainer().inMode({ kind: "host" });
    assert.deepEqual(targets(host, "10.0.0.5"), ["198.18.0.11:80", "10.0.0.5:80"]);
    assert.deepEqual(targets(aContainer().on("bridge", "172.17.0.3"), "10.0.0.5"), ["172.17.0.3:80"]);
  });
});
