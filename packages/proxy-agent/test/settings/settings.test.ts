import assert from "node:assert/strict";
import { readSettings, ProgramExit } from "@fairway/program";
import { agentSettings } from "../../src/settings/agent-settings.ts";
import { configOf } from "../../src/settings/config.ts";
import { settingsOrExit } from "../../src/settings/read-settings.ts";

const machine = { hostname: "node-1", hasIPv6: true, socket: "/var/lib/fairway/haproxy.sock" };

function configFrom(env: NodeJS.ProcessEnv) {
  const read = readSettings(agentSettings, env);
  assert.ok(read.ok, read.ok ? "" : read.problems.join("\n"));
  return { config: configOf(read.settings, machine), leftOut: read.leftOut };
}

describe("the agent's settings", () => {
  it("default to what the documentation says", () => {
    const { config, leftOut } = configFrom({});
    assert.deepEqual(leftOut, []);
    assert.deepEqual(config.facts.serverOptions, ["check", "inter", "2000", "rise", "2", "fall", "3"]);
    assert.deepEqual(config.facts.addresses, ["0.0.0.0", "::"]);
    assert.deepEqual(config.scope.prefixes, ["endpoints/_/"]);
    assert.deepEqual(config.facts.vantage, { kind: "node", node: "node-1", networks: [] });
  });

  it("keep their own ports from listeners", () => {
    const { config } = configFrom({ STATS_PORT: "9000", ADMIN_LISTEN: ":9001" });
    assert.deepEqual(
      config.facts.ports.reserved.map(({ port }) => port),
      [9000, 9001],
    );
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
      ['EXTRA_BIND_SETTINGS="nonsense"', 'EXTRA_BIND_SETTINGS="0'],
    );
  });

  it("refuse a line break in the operator's text, telling every problem at once", () => {
    const read = readSettings(agentSettings, { BALANCE: "a\nb", MAXCONN: "0", STATS_AUTH: "nobody" });
    assert.deepEqual(read.ok ? [] : read.problems.map((problem) => problem.split("=")[0]), [
      "BALANCE",
      "MAXCONN",
      "STATS_AUTH",
    ]);
  });

  it("take a port that Docker's links inject for none", () => {
    const { config } = configFrom({ STATS_PORT: "tcp://172.17.0.5:1936", STATS_NAME: "/lb/stats" });
    assert.equal(config.proxy.statsPort, 1936);
  });

  it("end the program without ETCD_ENDPOINTS, saying what to set", () => {
    assert.throws(
      () => settingsOrExit({}),
      (error) =>
        error instanceof ProgramExit && error.code === 2 && Boolean(error.lines[0]?.startsWith("ETCD_ENDPOINTS=")),
    );
  });
});
