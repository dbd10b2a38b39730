import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings, registrarSettings } from "@fairway/contract";
import { engineHost } from "../../src/docker/engine-host.ts";

const tcp = { kind: "tcp", host: "engine", port: 2376 };

describe("the engine", () => {
  const directory = mkdtempSync(join(tmpdir(), "fairway-docker-config-"));
  const hostBy = (env: NodeJS.ProcessEnv) => {
    const read = readSettings(registrarSettings, { DOCKER_CONFIG: directory, ...env });
    assert.ok(read.ok, "the settings are taken");
    return engineHost(read.settings);
  };
  const inConfig = (context: unknown) =>
    writeFileSync(join(directory, "config.json"), JSON.stringify({ currentContext: context }));
  beforeEach(() => inConfig(undefined));
  after(() => rmSync(directory, { recursive: true }));

  for (const [title, env, expected] of [
    ["is the machine's without settings", {}, { kind: "unix", path: "/var/run/docker.sock" }],
    [
      "is the machine's in the default context",
      { DOCKER_CONTEXT: "default" },
      { kind: "unix", path: "/var/run/docker.sock" },
    ],
    ["is asked plainly at a tcp:// address", { DOCKER_HOST: "tcp://engine:2376" }, tcp],
    [
      "is asked over TLS with DOCKER_TLS_VERIFY, by the files of Docker's client",
      { DOCKER_HOST: "tcp://engine:2376", DOCKER_TLS_VERIFY: "1" },
      { ...tcp, tlsDirectory: directory },
    ],
    [
      "is asked over TLS with DOCKER_CERT_PATH",
      { DOCKER_HOST: "tcp://engine:2376", DOCKER_CERT_PATH: "/certs" },
      { ...tcp, tlsDirectory: "/certs" },
    ],
    [
      "is asked plainly at a socket, whatever TLS is set for others",
      { DOCKER_HOST: "unix:///run/d.sock", DOCKER_TLS_VERIFY: "1" },
      { kind: "unix", path: "/run/d.sock" },
    ],
    ["is that of DOCKER_HOST, whatever the context", { DOCKER_HOST: "tcp://engine:2376", DOCKER_CONTEXT: "prod" }, tcp],
  ] as const) {
    it(title, () => assert.deepEqual(hostBy(env), expected));
  }

  it("of a context in DOCKER_CONTEXT is refused, with what to set", () => {
    assert.throws(
      () => hostBy({ DOCKER_CONTEXT: "prod" }),
      /DOCKER_CONTEXT="prod": contexts .* are not read; set DOCKER_HOST/,
    );
  });

  it("of the current context of Docker's client is refused, with its file", () => {
    inConfig("rootless");
    assert.throws(() => hostBy({}), /currentContext="rootless" in \S+config\.json: .* set DOCKER_HOST to its endpoint/);
    assert.deepEqual(hostBy({ DOCKER_CONTEXT: "default" }).kind, "unix");
    writeFileSync(join(directory, "config.json"), "{");
    assert.deepEqual(hostBy({}).kind, "unix");
  });
});
