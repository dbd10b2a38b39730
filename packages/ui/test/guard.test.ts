import assert from "node:assert/strict";
import { Hono } from "hono";
import { guard } from "../src/server/guard.ts";

const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

/** How a page answers that is asked with these headers. */
async function status(headers: Readonly<Record<string, string>>, login?: string, method = "GET"): Promise<number> {
  const app = new Hono();
  app.use(guard({ login, hosts: ["fairway.example.com"] }));
  app.all("/", (c) => c.text("in"));
  return (await app.request("/", { headers, method })).status;
}

describe("who may look at the page", () => {
  for (const [host, code] of [
    ["127.0.0.1:7384", 200],
    ["[::1]:7384", 200],
    ["localhost:7384", 200],
    ["198.51.100.11", 200],
    ["FAIRWAY.example.com:7384", 200],
    ["rebound.example.com", 421],
    ["fairway.example.com.evil.example", 421],
    ["localhost.evil.example", 421],
    ["", 421],
  ] as const) {
    it(`answers ${code} to who asks for ${host || "no host"}`, async () => assert.equal(await status({ host }), code));
  }

  for (const [authorization, code] of [
    ["", 401],
    [basic("ann:sesame"), 200],
    [basic("ann:other"), 401],
    [basic("ann"), 401],
    ["Bearer sesame", 401],
  ] as const) {
    it(`answers ${code} to "${authorization}" where a password is wanted`, async () => {
      assert.equal(await status({ host: "127.0.0.1", authorization }, "ann:sesame"), code);
    });
  }

  it("lets nobody change anything", async () => {
    for (const method of ["POST", "PUT", "DELETE"]) {
      assert.equal(await status({ host: "127.0.0.1" }, undefined, method), 405);
    }
  });
});
