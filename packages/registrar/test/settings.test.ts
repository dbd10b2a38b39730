import assert from "node:assert/strict";
import { readSettings, registrarSettings } from "@fairway/contract";

function problems(env: NodeJS.ProcessEnv): readonly string[] {
  const read = readSettings(registrarSettings, env);
  return read.ok ? [] : read.problems;
}

describe("the registrar's settings", () => {
  it("have defaults for everything", () => {
    const read = readSettings(registrarSettings, {});
    assert.ok(read.ok);
    assert.deepEqual(
      {
        etcd: read.settings.etcdEndpoints,
        docker: read.settings.dockerHost,
        ready: read.settings.readyTimeoutMs,
        claim: read.settings.claimGraceMs,
        projects: read.settings.projects,
        admin: read.settings.adminListen,
      },
      {
        etcd: ["http://127.0.0.1:2379"],
        docker: undefined,
        ready: 30_000,
        claim: 24 * 3_600_000,
        projects: ["*"],
        admin: { host: "127.0.0.1", port: 7380 },
      },
    );
  });

  for (const [value, projects, leftOut] of [
    ["shop, _", ["shop", "_"], []],
    ["sh*p, shop", ["shop"], ["sh*p"]],
    ["sh*p", [], ["sh*p"]],
    ["", ["*"], []],
  ] as const) {
    it(`allow with PROJECTS=${JSON.stringify(value)} the projects ${JSON.stringify(projects)}`, () => {
      const read = readSettings(registrarSettings, { PROJECTS: value });
      assert.ok(read.ok);
      assert.deepEqual(read.settings.projects, projects);
      assert.equal(read.leftOut.length, leftOut.length);
    });
  }

  it("are refused all at once, each with what is allowed", () => {
    const env = { NODE_ADDRESS: "node-1", DOCKER_HOST: "ssh://x", READY_TIMEOUT: "soon" };
    assert.deepEqual(problems(env), [
      'NODE_ADDRESS="node-1": must be the IPv4 or IPv6 address of a host',
      'DOCKER_HOST="ssh://x": must be a socket or an address such as unix:///var/run/docker.sock or tcp://127.0.0.1:2375, not ssh:// and no context',
      'READY_TIMEOUT="soon": must be seconds, or a number with ms, s, m or h, such as 500ms or 15s',
    ]);
  });

  for (const [text, listen] of [
    [undefined, { host: "::", port: 7379 }],
    ["127.0.0.1:80", { host: "127.0.0.1", port: 80 }],
    ["off", undefined],
  ] as const) {
    it(`let the addon listen at ${listen?.host ?? "nothing"} for ADDON_LISTEN=${text}`, () => {
      const read = readSettings(registrarSettings, { ADDON_LISTEN: text });
      assert.ok(read.ok);
      assert.deepEqual(read.settings.addonListen, listen);
    });
  }

  it("take what is set but empty as unset", () => {
    assert.deepEqual(problems({ DOCKER_HOST: "", NODE_NAME: "", NODE_ADDRESS: "" }), []);
  });
});
