import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { describe, it } from "mocha";
import { apiRoutes, ApiServer } from "@fairway/program";
import { type Certificates, createCertificates } from "../../../registry/test/real/secured.ts";
import { freePort } from "../../../../test/free-ports.ts";

const token = "0123456789abcdef";
const bearer = { authorization: `Bearer ${token}` };

describe("an API for other machines", () => {
  const stop = new AbortController();
  let [first, second]: readonly (Certificates | undefined)[] = [];
  let server: ApiServer;
  let port: number;

  const tlsOf = async (each: Certificates) => ({
    cert: await readFile(each.file("server.crt"), "utf8"),
    key: await readFile(each.file("server.key"), "utf8"),
  });

  /** Its code and text, or why there is none. */
  async function ask(authority: Certificates, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const ca = await authority.pem("ca.crt");
    const asked = request({ host: "127.0.0.1", port, path: "/v1/x", ca, headers, agent: false }).end();
    try {
      const [response] = (await once(asked, "response")) as [IncomingMessage];
      return `${response.statusCode} ${await text(response)}`;
    } catch (error) {
      return error instanceof Error && "code" in error ? String(error.code) : String(error);
    }
  }

  before(async () => {
    [first, second] = await Promise.all([createCertificates(), createCertificates()]);
    port = await freePort();
    server = new ApiServer({
      listen: { host: "127.0.0.1", port },
      addPaths: (app) => void app.get("/v1/x", (c) => c.text("x")),
      signal: stop.signal,
    });
  });

  after(async () => {
    stop.abort();
    await Promise.all([first, second].flatMap((each) => (each ? [rm(each.dir, { recursive: true })] : [])));
  });

  it("answers who has its token, over TLS, and nobody else; by another token and certificate once it is told them", async () => {
    assert.ok(first && second);
    await server.use({ token, tls: await tlsOf(first) });
    const wanted = "401 the token of API_TOKEN_FILE is wanted\n";
    assert.equal(await ask(first, bearer), "200 x");
    for (const authorization of ["", token, `Bearer ${token}f`, `Bearer ${token.slice(1)}`, `Basic ${token}`]) {
      assert.equal(await ask(first, { authorization }), wanted, authorization);
    }
    assert.match(await ask(second, bearer), /CERT|SIGNATURE/);
    const other = { ...(await tlsOf(second)), key: (await tlsOf(first)).key };
    await assert.rejects(server.use({ token: `${token}2`, tls: other }), /key values mismatch/);
    assert.equal(await ask(first, bearer), "200 x");
    await server.use({ token: `${token}2`, tls: await tlsOf(second) });
    assert.equal(await ask(second, { authorization: `Bearer ${token}2` }), "200 x");
    assert.equal(await ask(second, bearer), wanted);
  });

  for (const [host, code] of [
    ["127.0.0.1:7382", 200],
    ["[::1]:7382", 200],
    ["localhost:7382", 200],
    ["localhost", 200],
    ["rebound.example:7382", 403],
    ["127.0.0.1.example", 403],
    ["", 403],
  ] as const) {
    it(`without a token answers who asks an address, not a page by a name of its own: ${host}`, async () => {
      const app = apiRoutes(
        () => undefined,
        (each) => void each.get("/v1/x", (c) => c.text("x")),
      );
      assert.equal((await app.request("/v1/x", { headers: { host } })).status, code);
    });
  }
});
