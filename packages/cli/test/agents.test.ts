import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { createServer } from "node:tls";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { describe, it } from "mocha";
import { agentApi, listenText } from "@fairway/contract";
import { ApiServer, serveAdmin } from "@fairway/program";
import { Registry } from "prom-client";
import { addApiPaths } from "../../proxy-agent/src/api/paths.ts";
import { type Certificates, createCertificates } from "../../registry/test/real/secured.ts";
import { freePort } from "../../../test/free-ports.ts";
import { Agents, unaskedText } from "../src/agents/agents.ts";
import { openLogs } from "../src/logs/open-logs.ts";
import { askRefusals } from "../src/agents/refusals.ts";

const token = "0123456789abcdef";
const refusal = { code: "port-taken", key: "port_7051", reason: "another has it" };

describe("agents that are asked", () => {
  const stop = new AbortController();
  const host = "127.0.0.1";
  let made: readonly Certificates[] = [];
  let ca: string;
  let api: { readonly ip: string; readonly port: number };

  const addPathsOf =
    (name: string): ConstructorParameters<typeof ApiServer>[0]["addPaths"] =>
    (app) => {
      addApiPaths(app, {
        name: () => name,
        facts: async () => ({ node: "n", proxy: name, version: "0.1.0", haproxy: null }),
        rejections: () => ({ rejections: [refusal] }),
        services: async () => ({ services: [] }),
        reach: async () => ({ reached: [] }),
        health: async () => ({ ready: true }),
        targets: () => [],
        journal: async () => ({ from: null, isCut: false, entries: [] }),
        moment: async () => "not asked here",
      });
      app.get("/v1/logs", (c) => (c.req.query("project") === "none" ? c.text("none\n", 409) : c.text("a line\n")));
    };

  const tlsOf = async (each: Certificates) => ({
    cert: await readFile(each.file("server.crt"), "utf8"),
    key: await readFile(each.file("server.key"), "utf8"),
  });

  before(async () => {
    made = await Promise.all([createCertificates(), createCertificates()]);
    const [own] = made;
    assert.ok(own);
    ca = await own.pem("ca.crt");
    api = { ip: host, port: await freePort() };
    const listen = { host, port: api.port };
    const server = new ApiServer({ listen, addPaths: addPathsOf("n2/pröxy"), signal: stop.signal });
    await server.use({ token, tls: await tlsOf(own) });
  });

  after(async () => {
    stop.abort();
    await Promise.all(made.map(({ dir }) => rm(dir, { recursive: true })));
  });

  it("open their logs for who has the token, and say who keeps none and who cannot be asked", async () => {
    const proxies = [{ name: "n2/pröxy", api }, { name: "n3/proxy", api }, { name: "n4/proxy" }];
    const open = (credentials: { ca: string; token: string } | undefined, path = "/v1/logs?project=shop") =>
      openLogs(path, { local: [], credentials }, { proxies, end: stop.signal });
    const { logs, without, unasked } = await open({ ca, token });
    const [log] = logs;
    assert.ok(log);
    assert.deepEqual([logs.length, log.name, await text(log.body)], [1, "n2/pröxy", "a line\n"]);
    const others = ["another proxy answers at its address", "no API_LISTEN there"];
    assert.deepEqual([without, unasked.map(({ reason }) => reason)], [[], others]);
    assert.deepEqual((await open({ ca, token }, "/v1/logs?project=none")).without, ["n2/pröxy"]);
    assert.equal((await open({ ca, token: "another-token-0123" })).unasked[0]?.reason, "it wants another token");
    assert.match((await open(undefined)).unasked[0]?.reason ?? "", /API_TOKEN_FILE/);
  });

  /** What one says of itself, or why it does not. */
  async function ask(agents: Agents, ...proxies: Parameters<Agents["ask"]>[1]): Promise<readonly string[]> {
    const { answers, unasked } = await agents.ask(agentApi.agent, proxies);
    return [...[...answers].map(([name, { proxy }]) => `${name}: ${proxy}`), ...unasked.map(({ reason }) => reason)];
  }

  it("answer on this machine at their admin address, and elsewhere at the one in their record", async () => {
    const listen = { host, port: await freePort() };
    const status = () => ({});
    const rest = { isAlive: () => true, readiness: () => ({ ready: true }) as const, access: () => undefined };
    const admin = { ...rest, status, metrics: new Registry(), addPaths: addPathsOf("n1/proxy") };
    await serveAdmin(listen, admin, stop.signal);
    const local = [listenText(listen), listenText({ host, port: await freePort() })];
    const agents = new Agents({ local, credentials: { ca, token } });
    const proxies = [{ name: "n1/proxy" }, { name: "n2/pröxy", api }, { name: "n3/proxy" }];
    const expected = ["n1/proxy: n1/proxy", "n2/pröxy: n2/pröxy", "no API_LISTEN there"];
    assert.deepEqual(await ask(agents, ...proxies), expected);
  });

  it("are not taken for others, and each that does not answer is told with its reason", async () => {
    const proxy = { name: "n2/pröxy", api };
    const others = new Agents({ local: [], credentials: undefined });
    assert.deepEqual(await ask(others, proxy), ["API_CA_FILE and API_TOKEN_FILE are not set here"]);
    const wrong = new Agents({ local: [], credentials: { ca, token: `${token}x` } });
    assert.deepEqual(await ask(wrong, proxy), ["it wants another token"]);
    const right = new Agents({ local: [], credentials: { ca, token } });
    assert.deepEqual(await ask(right, { ...proxy, name: "n9/proxy" }), ["another proxy answers at its address"]);
    const nowhere = { ip: host, port: await freePort() };
    assert.match(String(await ask(right, { name: "n9/proxy", api: nowhere })), /ECONNREFUSED/);
  });

  it("get no token that others' authorities have signed for, whatever their records say", async () => {
    const [, strange] = made;
    assert.ok(strange);
    let heard = "";
    let connections = 0;
    const server = createServer(await tlsOf(strange), (socket) => {
      socket.on("data", (data) => (heard += data.toString())).on("error", () => undefined);
    });
    server.on("connection", () => (connections += 1)).on("tlsClientError", () => undefined);
    server.listen(0, host);
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const agents = new Agents({ local: [], credentials: { ca, token } });
    const [reason = ""] = await ask(agents, { name: "n2/pröxy", api: { ip: host, port } });
    server.close();
    assert.match(reason, /certificate/);
    assert.deepEqual([connections, heard], [1, ""]);
  });

  it("tell all that they refuse where their record tells the first alone", async () => {
    const agents = new Agents({ local: [], credentials: { ca, token } });
    const whole = { name: "n1/proxy", rejections: { count: 1, first: [refusal] } };
    const cut = { name: "n2/pröxy", api, rejections: { count: 11, first: [] } };
    const silent = { name: "n3/proxy", rejections: { count: 11, first: [] } };
    const { refusals, unasked } = await askRefusals(agents, [whole, cut, silent]);
    assert.deepEqual([...refusals], [["n2/pröxy", [refusal]]]);
    assert.deepEqual(unasked, [{ proxy: "n3/proxy", reason: "no API_LISTEN there" }]);
  });

  it("are named by the reason why they were not, the first four of each", () => {
    const unasked = [1, 2, 3, 4, 5, 6].map((at) => ({ proxy: `n${at}/lb`, reason: at === 2 ? "refused" : "off" }));
    assert.equal(unaskedText(unasked), "n1/lb, n3/lb, n4/lb, n5/lb, +1 (off); n2/lb (refused)");
  });
});
