import assert from "node:assert/strict";
import { agentSettings, readSettings } from "@fairway/contract";
import { ProgramExit } from "@fairway/program";
import { configOf } from "../../src/config/agent-config.ts";
import { settingsOrExit } from "../../src/config/settings.ts";

const machine = {
  node: { name: "node-1", found: undefined },
  hasIPv6: true,
  addresses: new Set<string>(),
  socket: "/var/lib/fairway/haproxy.sock",
};

describe("the settings of HAProxy's own pages and further backends", () => {
  it("refuse half a page for HAProxy's health, a bad path and a port that is another's, with one line", () => {
    for (const [env, line] of [
      [{ MONITOR_PORT: "8080" }, "MONITOR_PORT: wants MONITOR_URI beside it, a path such as /health"],
      [{ MONITOR_URI: "/up" }, "MONITOR_URI: wants MONITOR_PORT beside it, the port where it is answered"],
      [
        { MONITOR_PORT: "1936", MONITOR_URI: "/up" },
        'MONITOR_PORT="1936": must be a port of its own, which STATS_PORT has',
      ],
      [
        { MONITOR_PORT: "7381", MONITOR_URI: "/up" },
        'MONITOR_PORT="7381": must be a port of its own, which ADMIN_LISTEN has',
      ],
      ...["up", "/a b", "/a#b", "/\u00fc", "/a\nb"].map((uri) => [
        { MONITOR_PORT: "8080", MONITOR_URI: uri },
        `MONITOR_URI=${JSON.stringify(uri)}: must be a path such as /health, without spaces and \`#\``,
      ]),
    ] as const) {
      assert.throws(
        () => settingsOrExit(env as NodeJS.ProcessEnv),
        (error) => error instanceof ProgramExit && error.code === 2 && error.lines.join("\n") === line,
        JSON.stringify(env),
      );
    }
  });

  it("refuse METRICS_LISTEN at a port that is another's, and keep labels from its own", () => {
    for (const [name, port] of [
      ["STATS_PORT", 1936],
      ["ADMIN_LISTEN", 7381],
      ["MONITOR_PORT", 8080],
    ] as const) {
      const env = { METRICS_LISTEN: `:${port}`, MONITOR_PORT: "8080", MONITOR_URI: "/up" };
      assert.throws(
        () => settingsOrExit(env),
        (error) =>
          error instanceof ProgramExit &&
          error.message === `METRICS_LISTEN="[::]:${port}": must have a port of its own, which ${name} has`,
      );
    }
    const read = readSettings(agentSettings, { METRICS_LISTEN: "192.0.2.1:9101" });
    assert.ok(read.ok);
    const { reserved } = configOf(read.settings, machine).facts.ports;
    assert.deepEqual(
      reserved.filter(({ port }) => port === 9101),
      [{ port: 9101, whose: "this proxy's own METRICS_LISTEN" }],
    );
  });

  it("gather the operator's further backends by their names, and refuse names that are the proxy's own", () => {
    const read = readSettings(agentSettings, {
      ADDITIONAL_BACKEND_web: "balance source, server a 192.0.2.1:80 track x\\,y",
      ADDITIONAL_BACKEND_A: "mode http,bad\u0007line",
      ADDITIONAL_BACKEND_EMPTY: "",
    });
    assert.ok(read.ok);
    const { proxy } = configOf(read.settings, machine);
    assert.deepEqual(proxy.backends, [
      { rest: "A", items: ["mode http"] },
      { rest: "web", items: ["balance source", "server a 192.0.2.1:80 track x,y"] },
    ]);
    assert.match(read.leftOut.join("\n"), /^ADDITIONAL_BACKEND_A \(8 characters\): must be a comma list/);
    for (const name of ["port_80", "fairway_stats", "", "a b", "a\nb"]) {
      const bad = readSettings(agentSettings, { [`ADDITIONAL_BACKEND_${name}`]: "mode tcp" });
      assert.match(bad.ok ? "" : bad.problems.join("\n"), /; the rest of its name at most 64 letters/, name);
    }
  });
});
