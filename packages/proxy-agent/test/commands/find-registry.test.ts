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

  const refuses = async (given: NodeJS.ProcessEnv, code: number, line: string) => {
    await assert.rejects(find(given), (error) => {
      assert.ok(error instanceof ProgramExit);
      assert.deepEqual([error.code, error.lines], [code, [line]]);
      return true;
    });
  };

  const ofRoot = { endpoints: ["http://127.0.0.1:1", "http://127.0.0.1:3"], prefix: "/fairway/v1" };
  for (const [names, given] of [
    ["ETCD_USERNAME, ETCD_PASSWORD", { ETCD_USERNAME: "me", ETCD_PASSWORD: "mine" }],
    ["ETCD_USERNAME, ETCD_PASSWORD", { ETCD_USERNAME: "me", ETCD_PASSWORD_FILE: "/etc/hostname" }],
    ["ETCD_CERT_FILE, ETCD_KEY_FILE", { ETCD_CERT_FILE: "/etc/hostname", ETCD_KEY_FILE: "/etc/hostname" }],
  ] as const) {
    for (const wanted of [{}, { username: "agent", password: "hidden" }]) {
      const wants = "username" in wanted ? "wants a user" : "wants nobody";
      it(`is never given ${Object.keys(given).join(", ")} where another program names it, though it ${wants}`, async () => {
        access = { ...ofRoot, ...wanted };
        const line = `set ETCD_ENDPOINTS (it would be http://127.0.0.1:1,http://127.0.0.1:3): ${names} go to no etcd that is named by whatever answers at http://${address}/status`;
        await refuses(given, 2, line);
      });
    }
  }

  it("is told with its prefix, escaped, where credentials keep it from being opened", async () => {
    access = { endpoints: ["http://127.0.0.1:1\u001b[2J"], prefix: "/other" };
    const line = `set ETCD_ENDPOINTS (it would be http://127.0.0.1:1\\u{1b}[2J, and ETCD_PREFIX /other): ETCD_USERNAME, ETCD_PASSWORD go to no etcd that is named by whatever answers at http://${address}/status`;
    await refuses({ ETCD_USERNAME: "me", ETCD_PASSWORD: "mine" }, 2, line);
  });

  it("names the settings that are missing where it wants credentials", async () => {
    access = { endpoints: ["http://127.0.0.1:1"], prefix: "/fairway/v1", username: "agent", password: "hidden" };
    const line = `etcd at http://127.0.0.1:1, by http://${address}/status: set ETCD_ENDPOINTS, ETCD_USERNAME, ETCD_PASSWORD to read it`;
    await refuses({}, 1, line);
  });
});
