import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProgramExit, serveAdmin } from "@fairway/program";
import type { RegistryAccess } from "@fairway/registry";
import { Registry } from "prom-client";
import { findRegistry } from "../../src/commands/find-registry.ts";
import { settingsOrExit } from "../../src/config/settings.ts";
import { freePort } from "../../../../test/free-ports.ts";

describe("the registry of `why`", () => {
  const end = new AbortController();
  const directory = mkdtempSync(join(tmpdir(), "fairway-why-"));
  let access: RegistryAccess;
  let address: string;

  before(async () => {
    const port = await freePort();
    address = `127.0.0.1:${port}`;
    const adminPorts = { agent: port, registrar: await freePort() };
    writeFileSync(join(directory, "running.json"), JSON.stringify({ pid: 1, startTime: "1", adminPorts }));
    const questions = {
      isAlive: () => true,
      readiness: () => ({ ready: true }) as const,
      status: () => ({}),
      access: () => access,
      metrics: new Registry(),
    };
    await serveAdmin({ host: "127.0.0.1", port }, questions, end.signal);
  });

  after(() => {
    end.abort();
    rmSync(directory, { recursive: true });
  });

  const find = async (given: NodeJS.ProcessEnv) => {
    const env = { FAIRWAY_DIRECTORY: directory, LOG_LEVEL: "error", ...given };
    const { client, note } = await findRegistry(settingsOrExit(env).settings, env, end.signal);
    client.close();
    return note;
  };

  it("is the one that the settings name", async () => {
    access = { endpoints: ["http://127.0.0.1:1"], prefix: "/other" };
    const note = "registry: http://127.0.0.1:2, prefix /fairway/v1, by ETCD_ENDPOINTS";
    assert.equal(await find({ ETCD_ENDPOINTS: "http://127.0.0.1:2" }), note);
  });

  it("else is the one of a running npm start, and is told in one line", async () => {
    access = { endpoints: ["http://127.0.0.1:1"], prefix: "/other" };
    assert.equal(await find({}), `registry: http://127.0.0.1:1, prefix /other, by http://${address}/status`);
  });

  it("is opened with the credentials of the settings where it wants any", async () => {
    access = { endpoints: ["http://127.0.0.1:1"], prefix: "/other", username: "agent", password: "hidden" };
    const note = await find({ ETCD_USERNAME: "me", ETCD_PASSWORD: "mine" });
    assert.equal(note, `registry: http://127.0.0.1:1, prefix /other, by http://${address}/status`);
  });

  it("names the settings that are missing where it wants credentials", async () => {
    access = { endpoints: ["http://127.0.0.1:1"], prefix: "/other", username: "agent", password: "hidden" };
    await assert.rejects(find({ ETCD_USERNAME: "me" }), (error) => {
      assert.ok(error instanceof ProgramExit);
      const line = `etcd at http://127.0.0.1:1, by http://${address}/status: set ETCD_PASSWORD to read it`;
      assert.deepEqual([error.code, error.lines], [1, [line]]);
      return true;
    });
  });
});
