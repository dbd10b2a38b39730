import assert from "node:assert/strict";
import { reach } from "../../src/desired/reach.ts";
import { readVantage, type Vantage } from "../../src/desired/vantage.ts";
import { bridge, published, swarm } from "../given.ts";

const onNode1: Vantage = { kind: "node", node: "node-1", networks: [] };
const outside: Vantage = { kind: "outside", node: "node-1", networks: [] };
const onBridge = inContainer({ id: "b".repeat(64), name: "bridge", scope: "local" });
const onMesh = inContainer({ id: "5".repeat(25), name: "mesh", scope: "swarm" });
const onOther = inContainer({ id: "e".repeat(64), name: "other", scope: "local" });

function inContainer(network: Vantage["networks"][number]): Vantage {
  return { kind: "container", node: "node-1", networks: [network] };
}

const container = bridge("172.17.0.2");
const overlay = swarm("10.0.1.5");
const macvlan = { ...bridge("192.0.2.9"), driver: "macvlan" };
const loopback = published("127.0.0.1", 32768);
const rootless = { ...bridge("172.17.0.2"), fromHost: false };
const port = published("198.18.0.11", 32768);

describe("reach", () => {
  for (const [title, vantage, node, addresses, expected] of [
    ["a bridge of the proxy's own node", onNode1, "node-1", [port, container], "172.17.0.2:6379"],
    ["a published port of another node", onNode1, "node-2", [container, port], "198.18.0.11:32768"],
    ["no overlay from the host", onNode1, "node-1", [overlay, port], "198.18.0.11:32768"],
    ["no macvlan from the host", onNode1, "node-1", [macvlan, port], "198.18.0.11:32768"],
    ["a bridge that both are on", onBridge, "node-1", [container, port], "172.17.0.2:6379"],
    ["not the bridge of the same id on another node", onBridge, "node-2", [container, port], "198.18.0.11:32768"],
    ["an overlay that both are on, whatever the node", onMesh, "node-2", [port, overlay], "10.0.1.5:6379"],
    ["a network that the operator named", readVantage("mesh", "node-1"), "node-2", [overlay], "10.0.1.5:6379"],
    ["a published port where no network is shared", onOther, "node-1", [container, port], "198.18.0.11:32768"],
    ["a published port from outside", outside, "node-1", [container, port], "198.18.0.11:32768"],
    ["nothing that was not published, from another node", onNode1, "node-2", [container], undefined],
    ["a macvlan's address on the LAN from another node", onNode1, "node-2", [macvlan], "192.0.2.9:6379"],
    ["no macvlan's address that is published too", onNode1, "node-2", [macvlan, port], "198.18.0.11:32768"],
    ["no bridge of a rootless engine from the host", onNode1, "node-1", [rootless, port], "198.18.0.11:32768"],
    ["a rootless engine's network that both are on", onBridge, "node-1", [rootless, port], "172.17.0.2:6379"],
    [
      "the first of several bridges in the record",
      onNode1,
      "node-1",
      [bridge("172.19.0.2"), container],
      "172.19.0.2:6379",
    ],
    ["no loopback address that its node does not say it has", onNode1, "node-1", [loopback], undefined],
    ["no loopback address of another node", onNode1, "node-2", [loopback, port], "198.18.0.11:32768"],
    [
      "no loopback address in a container",
      onBridge,
      "node-1",
      [{ ...container, ip: "127.0.0.2" }, loopback],
      undefined,
    ],
    ["no loopback address from outside", outside, "node-1", [loopback], undefined],
    ["nothing without addresses", onNode1, "node-1", [], undefined],
  ] as const) {
    it(`takes ${title}`, () => {
      const reached = reach({ at: { node, port: 6379 }, addresses }, vantage);
      assert.equal(reached.ok ? `${reached.ip}:${reached.port}` : undefined, expected);
    });
  }

  it("says what to do about a macvlan of its own node", () => {
    assert.deepEqual(reach({ at: { node: "node-1", port: 6379 }, addresses: [macvlan] }, onNode1), {
      ok: false,
      code: "unreachable",
      reason:
        "it cannot be reached from node node-1: a host does not reach its own macvlan networks; connect it to a bridge too",
    });
  });

  it("warns of docker-proxy on the proxy's own node, and only there", () => {
    const why = (node: string) => {
      const reached = reach({ at: { node, port: 6379 }, addresses: [container, port] }, onOther);
      return reached.ok ? reached.why : "";
    };
    assert.match(why("node-1"), /docker-proxy accepts there even when nothing listens/);
    assert.equal(why("node-2"), "published port of its node");
  });

  const advice = [
    ["an overlay", "node-2", overlay, " or let the proxy join its network mesh"],
    ["a bridge of its own node", "node-1", container, " or let the proxy join its network bridge"],
    ["not a bridge of another node", "node-2", container, ""],
  ] as const;
  for (const [title, node, address, join] of advice) {
    it(`says what to publish, or to join: ${title}`, () => {
      const reason = `it cannot be reached from a container on node node-1: publish its container port 6379 on node ${node}${join}`;
      assert.deepEqual(reach({ at: { node, port: 6379 }, addresses: [address] }, onOther), {
        ok: false,
        code: "unreachable",
        reason,
      });
    });
  }
});
