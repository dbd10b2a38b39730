import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  type DockerHost,
  dockerHost,
  duration,
  endpointUrl,
  hostAddress,
  listenAddress,
  port,
} from "../../src/settings/grammars.ts";
import { readSettings } from "../../src/settings/read-settings.ts";
import { list, optional, setting, splitCommas } from "../../src/settings/setting.ts";

const table = {
  leaseTtlMs: setting({ name: "LEASE_TTL", schema: duration(2000), fallback: "15s", about: "", actsOn: "program" }),
  statsPort: setting({ name: "STATS_PORT", schema: port, fallback: "1936", about: "", actsOn: "program" }),
  nodeAddress: optional({ name: "NODE_ADDRESS", schema: port, about: "", actsOn: "program" }),
  ports: list({ name: "PORTS", item: port, about: "", actsOn: "program" }),
};

function read(env: Record<string, string>) {
  return readSettings(table, env);
}

describe("readSettings", () => {
  it("takes defaults where nothing is set, and where a variable is empty", () => {
    const settings = { leaseTtlMs: 15_000, statsPort: 1936, nodeAddress: undefined, ports: [] };
    assert.deepEqual(read({}), { ok: true, settings, leftOut: [] });
    assert.deepEqual(read({ LEASE_TTL: " ", STATS_PORT: "" }), { ok: true, settings, leftOut: [] });
  });

  it("tells every problem at once: name, value, what is allowed", () => {
    assert.deepEqual(read({ LEASE_TTL: "soon", STATS_PORT: "99999" }), {
      ok: false,
      problems: [
        'LEASE_TTL="soon": must be seconds, or a number with ms, s, m or h, such as 500ms or 15s, at least 2s',
        'STATS_PORT="99999": must be a port, 1–65535',
      ],
    });
  });

  it("leaves a bad item of a list out, tells it, and keeps the others", () => {
    const outcome = read({ PORTS: "80, x, 443" });
    assert.deepEqual(outcome.ok && [outcome.settings.ports, outcome.leftOut], [
      [80, 443],
      ['PORTS="x": must be a comma list, each a port, 1–65535'],
    ]);
  });

  it("counts what Docker's links inject as unset", () => {
    const injected = read({ STATS_PORT: "tcp://172.17.0.2:80", STATS_NAME: "/lb/stats" });
    assert.equal(injected.ok && injected.settings.statsPort, 1936);
    assert.equal(read({ STATS_PORT: "tcp://172.17.0.2:80" }).ok, false);
  });
});

describe("durations", () => {
  for (const [text, ms] of [
    ["15", 15_000],
    ["500ms", 500],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["0", 0],
  ] as const) {
    it(`reads ${text} as ${ms} ms`, () => assert.equal(duration().parse(text), ms));
  }
  for (const text of ["", "1d", "-1", "1.5s", "s", "1s "]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(duration().safeParse(text).success, false));
  }
});

describe("listen addresses", () => {
  for (const [text, host] of [
    [":7379", "::"],
    ["127.0.0.1:7379", "127.0.0.1"],
    ["[::1]:7379", "::1"],
    ["localhost:7379", "localhost"],
  ] as const) {
    it(`reads ${text}`, () => assert.deepEqual(listenAddress.parse(text), { host, port: 7379 }));
  }
  for (const text of ["7379", "::1:7379", "host:", "host:99999", "http://host:80"]) {
    it(`refuses ${text}`, () => assert.equal(listenAddress.safeParse(text).success, false));
  }
});

describe("splitCommas", () => {
  for (const [text, items] of [
    ["log rsyslog local0,log global,option httplog", ["log rsyslog local0", "log global", "option httplog"]],
    ["a\\,b, c ,,", ["a,b", "c"]],
    ["", []],
  ] as const) {
    it(`splits ${JSON.stringify(text)}`, () => assert.deepEqual(splitCommas(text), items));
  }
});

describe("addresses", () => {
  for (const text of ["10.0.0.1", "2001:db8::1", "127.0.0.1"]) {
    it(`takes ${text} for a host's`, () => assert.equal(hostAddress.parse(text), text));
  }
  for (const text of ["0.0.0.0", "::", "host-1", "10.0.0.1:80"]) {
    it(`refuses ${text} for a host's`, () => assert.equal(hostAddress.safeParse(text).success, false));
  }
  for (const [text, isTaken] of [
    ["http://etcd-1:2379", true],
    ["https://[2001:db8::1]:65535", true],
    ["http://etcd-1:65536", false],
    ["http://etcd-1", false],
    ["etcd-1:2379", false],
  ] as const) {
    it(`${isTaken ? "takes" : "refuses"} ${text} for etcd's`, () =>
      assert.equal(endpointUrl.safeParse(text).success, isTaken));
  }
});

describe("DOCKER_HOST", () => {
  const rows: readonly (readonly [string, DockerHost | undefined])[] = [
    ["unix:///var/run/docker.sock", { kind: "unix", path: "/var/run/docker.sock" }],
    ["tcp://127.0.0.1:2375", { kind: "tcp", host: "127.0.0.1", port: 2375 }],
    ["tcp://engine:2375/", { kind: "tcp", host: "engine", port: 2375 }],
    ["tcp://[::1]:2375", { kind: "tcp", host: "::1", port: 2375 }],
    ["tcp://engine", undefined],
    ["tcp://engine:99999", undefined],
    ["unix://docker.sock", undefined],
    ["ssh://root@engine", undefined],
    ["npipe:////./pipe/docker_engine", undefined],
    ["", undefined],
  ];
  for (const [text, host] of rows) {
    it(`${JSON.stringify(text)} is ${host === undefined ? "refused" : host.kind}`, () => {
      const parsed = dockerHost.safeParse(text);
      assert.deepEqual(parsed.success ? parsed.data : undefined, host);
    });
  }
});
