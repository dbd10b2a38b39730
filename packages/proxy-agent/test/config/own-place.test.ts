import assert from "node:assert/strict";
import { agentSettings, readSettings } from "@fairway/contract";
import { configOf } from "../../src/config/agent-config.ts";
import { refusePort } from "../../src/desired/listen-ports.ts";
import { machine } from "./a-machine.ts";

describe("the host ports that a proxy follows", () => {
  const followed = (env: NodeJS.ProcessEnv) => {
    const read = readSettings(agentSettings, { NODE_NAME: "n1", ...env });
    assert.ok(read.ok);
    const { hostPorts, selectors } = configOf(read.settings, machine).scope;
    return [hostPorts, selectors.some((each) => "prefix" in each && each.prefix === "hostports/n1/")];
  };

  it("are those of its node when it stands in the node's network, and none elsewhere", () => {
    assert.deepEqual(followed({}), ["hostports/n1/", true]);
    assert.deepEqual(followed({ VANTAGE: "outside" }), [undefined, false]);
    assert.deepEqual(followed({ VANTAGE: "shop_default" }), [undefined, false]);
  });

  it("are those of its own container in a network of its own, unless the addon tells them", () => {
    const read = readSettings(agentSettings, { NODE_NAME: "n1", VANTAGE: "outside" });
    assert.ok(read.ok);
    const inside = { ...machine, container12: "4f5c1b2a9d3e" };
    const { scope, facts } = configOf(read.settings, inside);
    const key = "hostports/n1/4f5c1b2a9d3e";
    assert.deepEqual([scope.hostPorts, facts.here.hostPortsKey], [key, key]);
    assert.ok(scope.selectors.some((each) => "prefix" in each && each.prefix === key));
    const told = { networks: [], published: [], hostAddresses: [], etcdPorts: [] };
    const byAddon = configOf(read.settings, inside, { node: "n1", proxy: "lb", project: "shop", ...told });
    assert.deepEqual([byAddon.scope.hostPorts, byAddon.facts.here.hostPortsKey], [undefined, undefined]);
  });
});

describe("what the addon says of a proxy", () => {
  const networks = [{ id: "b".repeat(64), name: "bridge", scope: "local" }];
  const published = [{ ip: "0.0.0.0", port: 7200 }];
  const told = { networks, published, hostAddresses: ["172.17.0.1", "::ffff:198.18.0.11"], etcdPorts: [12379] };
  const identity = { node: "n7", proxy: "shop_lb_1", project: "shop", ...told };

  const placeFrom = (env: NodeJS.ProcessEnv) => {
    const read = readSettings(agentSettings, env);
    assert.ok(read.ok);
    const { node, proxyName, scope, facts } = configOf(read.settings, machine, identity);
    return { node, proxyName, scope: scope.prefixes, vantage: facts.vantage };
  };

  it("is who and where it is", () => {
    assert.deepEqual(placeFrom({}), {
      node: "n7",
      proxyName: "shop_lb_1",
      scope: ["endpoints/shop/"],
      vantage: { kind: "container", node: "n7", networks },
    });
  });

  it("is which ports of its node lead to it, and which addresses that has", () => {
    const read = readSettings(agentSettings, {});
    assert.ok(read.ok);
    const { here } = configOf(read.settings, machine, identity).facts;
    assert.deepEqual(here.published, published);
    assert.deepEqual([...(here.hostAddresses ?? [])], ["172.17.0.1", "198.18.0.11"]);
  });

  it("keeps the ports of the registry that it names from labels", () => {
    const read = readSettings(agentSettings, { LISTEN_PORTS: "1-65535" });
    assert.ok(read.ok);
    const { ports } = configOf(read.settings, machine, identity).facts;
    assert.match(refusePort(12379, ports)?.reason ?? "", /^port 12379 is etcd's/);
  });

  it("yields to settings", () => {
    const env = { NODE_NAME: "n8", PROXY_NAME: "edge", COMPOSE_PROJECT_NAME: "bank", VANTAGE: "outside" };
    assert.deepEqual(placeFrom(env), {
      node: "n8",
      proxyName: "edge",
      scope: ["endpoints/bank/"],
      vantage: { kind: "outside", node: "n8", networks: [] },
    });
  });
});
