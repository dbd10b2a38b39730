import assert from "node:assert/strict";
import type { Address } from "@fairway/contract";
import { composeLabels, eventually, proxyLabels } from "../../../../test/lab/index.ts";
import { useNode } from "./use-node.ts";

const soon = { within: 30_000 };

describe("addresses of an endpoint, on a real engine", () => {
  const { node, seen } = useNode();

  const labelsOf = (service: string, ports = "6379") => ({ ...composeLabels("net", service), ...proxyLabels(ports) });
  const addressesOf = async (service: string): Promise<readonly Address[]> => {
    await eventually(() => assert.equal(seen().stateOf(service), "ready"), soon);
    return (await seen().endpoints(service)).flatMap(({ addresses }) => addresses);
  };
  const codesOf = (service: string, ...codes: readonly string[]) => {
    const told = async () => (await seen().rejections(service)).map(({ code }) => code);
    return eventually(async () => assert.deepEqual(await told(), codes), soon);
  };

  it("are its network's and its node's when it is published", async () => {
    await node().docker("network", "create", "shop");
    const container = await node().runContainer({ labels: labelsOf("both"), network: "shop", publish: ["7001:6379"] });
    const networkId = await node().docker("network", "inspect", "--format", "{{.Id}}", "shop");
    const ip = await container.address("shop");
    assert.deepEqual(await addressesOf("both"), [
      { via: "network", networkId, network: "shop", scope: "local", driver: "bridge", ip, port: 6379 },
      { via: "node", ip: node().address, port: 7001 },
    ]);
  });

  it("are the node's in the host's network", async () => {
    const command = ["redis-server", "--port", "6380", "--protected-mode", "no", "--save", ""];
    await node().runContainer({ labels: labelsOf("host", "6380"), network: "host", command });
    assert.deepEqual(await addressesOf("host"), [{ via: "node", ip: node().address, port: 6380 }]);
  });

  it("are not the node's when it is published on loopback", async () => {
    await node().runContainer({ labels: labelsOf("loopback"), publish: ["127.0.0.1:7002:6379"] });
    const addresses = await addressesOf("loopback");
    assert.deepEqual(
      addresses.map(({ via }) => via),
      ["network"],
    );
    await codesOf("loopback", "published-on-loopback");
  });

  it("are none without a network, which is refused", async () => {
    await node().runContainer({ labels: labelsOf("none"), network: "none" });
    await codesOf("none", "no-network");
    assert.deepEqual(await seen().endpoints("none"), []);
  });

  it("are those of the container whose network it uses, as long as that runs", async () => {
    const main = await node().runContainer({ name: "main", command: ["sleep", "1000"] });
    await node().runContainer({ labels: labelsOf("side"), network: "container:main" });
    const ip = await main.address();
    assert.deepEqual(
      (await addressesOf("side")).map((each) => each.ip),
      [ip],
    );
    await main.kill();
    await codesOf("side", "joined-container-gone");
    assert.deepEqual(await seen().endpoints("side"), []);
  });

  it("are an overlay's in Swarm, never the routing mesh's, and labels below deploy are hinted at", async function () {
    this.timeout(180_000);
    await node().docker("swarm", "init", "--advertise-addr", node().address);
    await node().docker("network", "create", "--driver", "overlay", "mesh-net");
    const serve = (name: string, ...options: readonly string[]) => {
      const labels = Object.entries(proxyLabels("6379")).flatMap(([key, value]) => [
        "--container-label",
        `${key}=${value}`,
      ]);
      const create = ["service", "create", "--detach", "--no-resolve-image", "--name", name, ...labels];
      return node().docker(
        ...create,
        ...options,
        "redis:alpine",
        "redis-server",
        "--protected-mode",
        "no",
        "--save",
        "",
      );
    };
    await serve("over", "--network", "mesh-net", "--publish", "7100:6379");
    await serve("mesh", "--publish", "7101:6379");
    await serve("direct", "--publish", "mode=host,published=7102,target=6379");
    assert.deepEqual(
      (await addressesOf("over")).map((each) => (each.via === "network" ? `${each.network} ${each.driver}` : each.ip)),
      ["mesh-net overlay"],
    );
    await codesOf("over", "routing-mesh");
    await codesOf("mesh", "no-address", "routing-mesh");
    const direct = (await addressesOf("direct")).filter(({ via }) => via === "node");
    assert.deepEqual(direct, [{ via: "node", ip: node().address, port: 7102 }]);
    // What its engine is in a Swarm is asked for with each look at all containers: at its start, then every 3 min.
    await node().registrar.stop();
    await node().registrar.start();
    // Below `deploy:` of a stack labels are the service's alone, as by --label.
    const below = ["--label", "aliyun.proxy.required=true", "--label", "aliyun.proxy.TCP_PORTS=6379"];
    const create = ["service", "create", "--detach", "--no-resolve-image", "--name", "below", ...below];
    await node().docker(...create, "redis:alpine", "sleep", "infinity");
    await codesOf("below", "labels-on-service");
    assert.deepEqual(await seen().endpoints("below"), []);
  });
});
