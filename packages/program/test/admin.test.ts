import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { describe, it } from "mocha";
import { adminRoutes, type AdminQuestions, ProgramExit, serveAdmin } from "@fairway/program";
import { Gauge, Registry } from "prom-client";
import { freePort } from "../../../test/free-ports.ts";

const metrics = new Registry();
new Gauge({ name: "fairway_test", help: "A gauge of the test", registers: [metrics] }).set(7);

const well: AdminQuestions = {
  isAlive: () => true,
  readiness: () => ({ ready: true }),
  status: () => ({ listeners: [6379] }),
  access: () => undefined,
  metrics,
};

async function ask(path: string, questions: Partial<AdminQuestions> = {}): Promise<[number, string]> {
  const response = await adminRoutes({ ...well, ...questions }).request(path);
  return [response.status, await response.text()];
}

describe("admin endpoints", () => {
  it("answer when all is well", async () => {
    assert.deepEqual(await ask("/healthz"), [200, "ok\n"]);
    assert.deepEqual(await ask("/readyz"), [200, "ready\n"]);
    assert.deepEqual(JSON.parse((await ask("/status"))[1]), { listeners: [6379] });
    assert.match((await ask("/metrics"))[1], /^fairway_test 7$/m);
  });

  it("tell how the registry is reached, and no secret", async () => {
    const access = () => ({
      endpoints: ["https://etcd:2379"],
      prefix: "/fairway/v1",
      username: "who",
      password: "hidden",
      ca: "hidden",
      key: "hidden",
    });
    const [, text] = await ask("/status", { access, status: () => ({ registry: { connected: true } }) });
    const needs = ["ETCD_USERNAME", "ETCD_PASSWORD", "ETCD_CA_FILE", "ETCD_KEY_FILE"];
    const registry = { endpoints: ["https://etcd:2379"], prefix: "/fairway/v1", needs, connected: true };
    assert.deepEqual(JSON.parse(text), { registry });
    assert.doesNotMatch(text, /who|hidden/);
  });

  it("say with 503 why the program is not ready", async () => {
    const readiness = () => ({ ready: false, reason: "the Docker engine does not answer" }) as const;
    assert.deepEqual(await ask("/readyz", { readiness }), [503, "not ready: the Docker engine does not answer\n"]);
  });

  it("say with 503 that the loop stands still", async () => {
    assert.equal((await ask("/healthz", { isAlive: () => false }))[0], 503);
  });

  it("have what the program adds", async () => {
    const addPaths: AdminQuestions["addPaths"] = (app) => void app.get("/v1/agent", (c) => c.text("n1"));
    assert.deepEqual(await ask("/v1/agent", { addPaths }), [200, "n1"]);
    assert.equal((await ask("/v1/agent"))[0], 404);
  });

  it("tell in one line that another program has their address", async () => {
    const other = createServer().listen(0, "127.0.0.1").unref();
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    await assert.rejects(serveAdmin({ host: "127.0.0.1", port }, well, new AbortController().signal), (error) => {
      assert.ok(error instanceof ProgramExit);
      const line = `ADMIN_LISTEN="127.0.0.1:${port}": another program listens there: end it, or give this one another address`;
      assert.deepEqual([error.code, error.lines], [1, [line]]);
      return true;
    });
    other.close();
  });

  it("let the program end although somebody is connected and asks nothing", async () => {
    const end = new AbortController();
    const port = await freePort();
    await serveAdmin({ host: "127.0.0.1", port }, well, end.signal);
    const silent = connect(port, "127.0.0.1");
    await once(silent, "connect");
    end.abort();
    await once(silent.resume(), "close");
  });
});
