import assert from "node:assert/strict";
import { agentSettings, readSettings } from "@fairway/contract";
import { ProgramExit } from "@fairway/program";
import { configOf } from "../../src/config/agent-config.ts";
import { settingsOrExit } from "../../src/config/settings.ts";
import { refusePort } from "../../src/desired/listen-ports.ts";
import { machine } from "./a-machine.ts";

function configFrom(env: NodeJS.ProcessEnv) {
  const read = readSettings(agentSettings, env);
  assert.ok(read.ok, read.ok ? "" : read.problems.join("\n"));
  return { config: configOf(read.settings, machine), leftOut: read.leftOut };
}

describe("the agent's settings", () => {
  it("default to what the documentation says", () => {
    const { config, leftOut } = configFrom({});
    assert.deepEqual(leftOut, []);
    assert.deepEqual(config.facts.checkOptions, ["check", "inter", "2000", "rise", "2", "fall", "3"]);
    assert.deepEqual(config.facts.addresses, ["0.0.0.0", "::"]);
    assert.deepEqual(config.scope.prefixes, ["endpoints/_/"]);
    assert.deepEqual(config.facts.vantage, { kind: "node", node: "node-1", networks: [] });
  });

  it("keep their own ports from listeners", () => {
    const { config } = configFrom({
      STATS_PORT: "9000",
      ADMIN_LISTEN: ":9001",
      MONITOR_PORT: "9002",
      MONITOR_URI: "/up",
    });
    const whose = config.facts.ports.reserved.map((each) => `${each.port} ${each.whose}`);
    assert.deepEqual(whose, [
      "9000 this proxy's own STATS_PORT",
      "9002 this proxy's own MONITOR_PORT",
      "2 where connections wait for a server: nothing may listen there",
      "9001 this proxy's own ADMIN_LISTEN",
    ]);
    assert.deepEqual(config.proxy.monitor, { port: 9002, uri: "/up" });
  });

  it("say whose a port is and which are everybody's, leaving bad items out", () => {
    const { config, leftOut } = configFrom({
      COMPOSE_PROJECT_NAME: "shop",
      ADDITIONAL_SERVICES: "bank:db",
      PORT_OWNERS: "shop : 6379, a:b:7000 - 7010, 80, shop:, :80, shop:80-70, *:80",
      SHARED_PORTS: "*, 80, 90-99, x",
    });
    assert.deepEqual(config.facts.ownership, {
      balancer: "*",
      project: "shop",
      scope: ["endpoints/bank/db/", "endpoints/shop/"],
      owners: [
        { project: "shop", ports: { first: 6379, last: 6379 } },
        { project: "a:b", ports: { first: 7000, last: 7010 } },
      ],
      shared: [
        { first: 1, last: 65535 },
        { first: 80, last: 80 },
        { first: 90, last: 99 },
      ],
    });
    assert.equal(leftOut.length, 6);
  });

  it("make a load balancer of a proxy with a name: all endpoints, its own claims, nobody's project", () => {
    const { config } = configFrom({ LB_NAME: "proxy_test", COMPOSE_PROJECT_NAME: "shop" });
    assert.deepEqual(config.facts.ownership, {
      balancer: "proxy_test",
      project: undefined,
      scope: ["endpoints/"],
      owners: [],
      shared: [],
    });
    assert.match(JSON.stringify(config.scope.selectors), /"claims\/proxy_test\/"/);
  });

  it("refuse a load balancer that is to serve as an ordinary proxy too", () => {
    const env = { LB_NAME: "a", ADDITIONAL_SERVICES: "*", PORT_OWNERS: "shop:80", SHARED_PORTS: "80" };
    assert.throws(
      () => settingsOrExit(env),
      /^.*ADDITIONAL_SERVICES: is for proxies.*\n.*PORT_OWNERS: .*\n.*SHARED_PORTS: /s,
    );
  });

  it("name no own project where none has a name", () => {
    assert.equal(configFrom({}).config.facts.ownership.project, undefined);
    assert.equal(configFrom({ COMPOSE_PROJECT_NAME: "_" }).config.facts.ownership.project, undefined);
  });

  it("take an empty HEALTH_CHECK for no check", () => {
    assert.deepEqual(configFrom({ HEALTH_CHECK: "", EXTRA_ROUTE_SETTINGS: "weight 50" }).config.facts.serverOptions, [
      "weight",
      "50",
    ]);
  });

  it("gather the bind options of a port", () => {
    const { config, leftOut } = configFrom({ EXTRA_BIND_SETTINGS: "80:accept-proxy, 80:name a\\,b, nonsense, 0:x" });
    assert.deepEqual([...config.facts.bindOptions], [[80, ["accept-proxy", "name", "a,b"]]]);
    assert.deepEqual(
      leftOut.map((text) => text.split(":")[0]),
      ["EXTRA_BIND_SETTINGS (8 characters)", "EXTRA_BIND_SETTINGS (3 characters)"],
    );
  });

  it("refuse a line break in the operator's text, telling every problem at once", () => {
    const read = readSettings(agentSettings, { BALANCE: "a\nb", MAXCONN: "0", STATS_AUTH: "nobody" });
    assert.deepEqual(read.ok ? [] : read.problems.map((problem) => /^\w+/.exec(problem)?.[0]), [
      "BALANCE",
      "MAXCONN",
      "STATS_AUTH",
    ]);
  });

  it("take a port that Docker's links inject for none", () => {
    const { config } = configFrom({ STATS_PORT: "tcp://172.17.0.5:1936", STATS_NAME: "/lb/stats" });
    assert.equal(config.proxy.statsPort, 1936);
  });

  it("leave the way to the registry to the addon without ETCD_ENDPOINTS", () => {
    assert.equal(settingsOrExit({}).settings.etcdEndpoints, undefined);
  });

  it("end the program with every problem", () => {
    assert.throws(
      () => settingsOrExit({ ADDON_URL: "172.17.0.1", MAXCONN: "0" }),
      (error) => error instanceof ProgramExit && error.code === 2 && error.lines.length === 2,
    );
  });

  for (const [url, asked] of [
    ["http://172.17.0.1:7379", "http://172.17.0.1:7379/v1/subscription"],
    ["http://registrar/", "http://registrar/v1/subscription"],
    ["http://[fd00::1]:80", "http://[fd00::1]/v1/subscription"],
    ["http://relay:80/fairway", "http://relay:80/fairway"],
    ["https://172.17.0.1:7379", undefined],
    ["http://user@172.17.0.1", undefined],
    ["http://", undefined],
    ["http://a b", undefined],
  ] as const) {
    it(`take ADDON_URL=${url} for ${asked ?? "nothing"}`, () => {
      const read = readSettings({ addonUrl: agentSettings.addonUrl }, { ADDON_URL: url });
      assert.equal(read.ok ? read.settings.addonUrl : undefined, asked);
    });
  }
});

describe("the ports that labels may open", () => {
  const codes = (env: NodeJS.ProcessEnv, ports: readonly number[]) => {
    const read = readSettings(agentSettings, { ETCD_ENDPOINTS: "http://etcd:12379", ...env });
    assert.ok(read.ok);
    const { facts } = configOf(read.settings, machine);
    return ports.map((port) => refusePort(port, facts.ports)?.code);
  };
  const leftOut = [22, 2375, 2376, 2377, 2378, 2379, 2380, 4789, 7379, 7380, 7946];

  it("are by default not those of sshd, Docker, etcd, Swarm and Fairway", () => {
    assert.deepEqual(new Set(codes({}, leftOut)), new Set(["port-not-allowed"]));
    assert.deepEqual(
      new Set(
        codes(
          {},
          leftOut.flatMap((port) => [port - 1, port + 1]).filter((port) => !leftOut.includes(port) && port !== 7381),
        ),
      ),
      new Set([undefined]),
    );
  });

  it("are never those of STATS_PORT, ADMIN_LISTEN and ETCD_ENDPOINTS, whatever LISTEN_PORTS says", () => {
    const env = { LISTEN_PORTS: "1-65535" };
    assert.deepEqual(new Set(codes(env, leftOut)), new Set([undefined]));
    assert.deepEqual(new Set(codes(env, [1936, 7381, 12379])), new Set(["port-reserved"]));
  });
});
