import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { agentApi, proxyHeader } from "@fairway/contract";
import { apiRoutes } from "@fairway/program";
import { addApiPaths, type ApiQuestions } from "../../src/api/paths.ts";

const asked: string[] = [];

const questions: ApiQuestions = {
  name: () => "n1/proxy ü",
  facts: async () => ({ node: "n1", proxy: "proxy", version: "0.1.0", haproxy: null }),
  rejections: () => ({ rejections: [{ code: "port-taken", key: "port_7051", reason: "another has it" }] }),
  services: async () => ({ services: [] }),
  reach: async () => ({ reached: [{ node: "n2", address: "198.18.0.2:7", ok: false, reason: "refused" }] }),
  health: async ({ project, service }) => {
    asked.push(`${project} ${service}`);
    return service === "db" ? { ready: true } : { ready: false, reason: "it has no server" };
  },
  targets: ({ haproxy }) =>
    haproxy === "x" ? "say a port" : [{ targets: [`198.18.0.1:${haproxy}`], labels: { node: "n1" } }],
  journal: async ({ since }) =>
    since === "x" ? "say a time" : { from: "2026-11-30T08:00:00.000Z", isCut: false, entries: [began] },
  moment: async ({ time }) => (time === "x" ? "say a time" : { from: null, ...moment }),
};

const began = { is: "began", seq: 1, time: "2026-11-30T08:00:00.000Z", text: "agent 0.1.0 began" } as const;
const moment = { isKnown: true, isRunning: true, lostSince: null, configuration: null, stored: [] };

const app = apiRoutes(
  () => undefined,
  (each) => addApiPaths(each, questions),
);

async function ask(path: string): Promise<[number, string, string | null]> {
  const response = await app.request(path, { headers: { host: "127.0.0.1:7382" } });
  return [response.status, await response.text(), response.headers.get(proxyHeader)];
}

describe("what an agent answers below /v1/", () => {
  for (const [name, { path, schema }] of Object.entries(agentApi)) {
    it(`is as its schema says, and names the proxy: ${name}`, async () => {
      const [status, text, proxy] = await ask(path);
      assert.deepEqual([status, proxy], [200, "n1%2Fproxy%20%C3%BC"]);
      const answer: unknown = JSON.parse(text);
      assert.deepEqual(schema.parse(answer), answer);
    });
  }

  const long = "x".repeat(256);
  const healthOf = async (service: string) => (await ask(`/v1/services/${service}`)).slice(0, 2);

  it("says whether a service is up, and else why not in one line", async () => {
    assert.deepEqual(await healthOf("shop/db/health"), [200, "up\n"]);
    assert.deepEqual(await healthOf("a%2Fb/web%20one/health"), [503, "not up: it has no server\n"]);
    assert.deepEqual(asked.splice(0), ["shop db", "a/b web one"]);
  });

  for (const path of [`${long}/db/health`, `shop/${long}/health`, "shop/d%0Ab/health", "%00/db/health"]) {
    it(`looks for nothing that cannot be a name: ${path.slice(-20)}`, async () => {
      const notFound = "not found: a project and a service have 1 to 255 characters, and no control character\n";
      assert.deepEqual([await healthOf(path), asked], [[404, notFound], []]);
    });
  }

  for (const path of ["shop/db", "shop//health", "/db/health", "shop/db/health/more"]) {
    it(`has no path ${path}`, async () => assert.deepEqual([(await healthOf(path))[0], asked], [404, []]));
  }

  it("tells what Prometheus may scrape, and what is wrong with a question", async () => {
    const [status, text] = await ask("/v1/targets?haproxy=9101");
    assert.deepEqual([status, JSON.parse(text)], [200, [{ targets: ["198.18.0.1:9101"], labels: { node: "n1" } }]]);
    assert.deepEqual((await ask("/v1/targets?haproxy=x")).slice(0, 2), [400, "say a port\n"]);
  });

  for (const path of ["/v1/journal?since=x", "/v1/journal/at?time=x"]) {
    it(`says what is wrong with ${path}`, async () => {
      assert.deepEqual((await ask(path)).slice(0, 2), [400, "say a time\n"]);
    });
  }

  it("changes nothing: there is nothing but GET", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      const { status } = await app.request(agentApi.agent.path, { method, headers: { host: "localhost" } });
      assert.equal(status, 404, method);
    }
  });
});
