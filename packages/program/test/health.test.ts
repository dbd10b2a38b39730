import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { adminRoutes } from "@fairway/program";
import { Registry } from "prom-client";
import { askHealth } from "../src/health/ask-health.ts";

describe("the health check of a container", () => {
  const life = { isWell: true };
  const questions = {
    isAlive: () => life.isWell,
    readiness: () => ({ ready: false, reason: "not asked" }) as const,
    status: () => ({}),
    access: () => undefined,
    metrics: new Registry(),
  };
  const server = serve({ fetch: adminRoutes(questions).fetch, hostname: "127.0.0.1", port: 0 });
  let port: number;
  before(async () => {
    if (!server.listening) await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  });
  after(() => server.close());

  it("asks where ADMIN_LISTEN says, on loopback when that is every address", async () => {
    for (const host of ["127.0.0.1", "0.0.0.0", "", "[::]", "localhost"]) {
      assert.deepEqual(await askHealth(`${host}:${port}`), { isWell: true, text: "ok" }, host);
    }
  });

  it("fails with the reason when the loop stands still or nobody answers", async () => {
    life.isWell = false;
    assert.deepEqual(await askHealth(`127.0.0.1:${port}`), { isWell: false, text: "the loop stands still" });
    const nobody = await askHealth("127.0.0.1:1");
    assert.deepEqual([nobody.isWell, nobody.text], [false, "127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1"]);
  });
});
