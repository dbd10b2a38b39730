import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { serveHttp } from "@fairway/program";
import { addonRoutes } from "../../src/addon/addon.ts";

const port = 17_379;

/** What is answered to a request, word for word. */
async function ask(request: string): Promise<string> {
  const controller = new AbortController();
  const app = addonRoutes(async (source, local) => ({ status: 403, body: { error: `${source} at ${local}` } }));
  const { closed } = await serveHttp({ app, listen: { host: "127.0.0.1", port } }, controller.signal);
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(`${request}\r\n\r\n`);
  const answer = await text(socket);
  controller.abort();
  await closed;
  return answer.replace(/Date: .*\r\n/i, "");
}

describe("the addon's path", () => {
  it("is answered with the addresses of both ends, and the connection is closed", async () => {
    const answer = await ask("GET /v1/subscription HTTP/1.1\r\nHost: x");
    assert.match(answer, /^HTTP\/1\.1 403 Forbidden\r\n/);
    assert.match(answer, /\r\nConnection: close\r\n/i);
    assert.match(answer, /\r\nCache-Control: no-store\r\n/i);
    assert.match(answer, /\r\nContent-Type: application\/json\r\n/i);
    assert.match(answer, /"error":"127\.0\.0\.1 at 127\.0\.0\.1"/);
  });

  it("is answered to a client of HTTP/1.0 that names no host", async () => {
    assert.match(await ask("GET /v1/subscription HTTP/1.0"), /^HTTP\/1\.1 403 Forbidden\r\n/);
  });

  for (const request of [
    "HEAD /v1/subscription",
    "GET /v1/subscription?x",
    "GET /v1/subscription/",
    "POST /",
    "GET /x",
  ]) {
    it(`is the only one: ${request} is 404`, async () => {
      assert.match(await ask(`${request} HTTP/1.0`), /^HTTP\/1\.1 404 Not Found\r\n/);
    });
  }
});
