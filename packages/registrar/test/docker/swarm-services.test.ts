import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { DockerEngine } from "../../src/docker/engine.ts";
import { aContainer } from "../a-container.ts";

const id = "9mnpnzenvg8p8tdbtq4wvbkcz";
const labels = { "aliyun.proxy.required": "true" };

describe("the labels of a Swarm service", () => {
  let server: Server;
  let engine: DockerEngine;
  let isManager: boolean;
  let asked: string[];
  let serviceAnswer: "labels" | "refused" | "none";

  before(async () => {
    server = createServer(({ url = "" }, response) => {
      const isInfo = url.endsWith("/info");
      if (!isInfo) asked.push(url);
      if (!isInfo && serviceAnswer === "none") return;
      const info = { ID: "x", Name: "x", ServerVersion: "26.1.5", Swarm: { ControlAvailable: isManager } };
      response.writeHead(isInfo || serviceAnswer === "labels" ? 200 : 403, { "Content-Type": "application/json" });
      response.end(JSON.stringify(isInfo ? info : { Spec: { Labels: labels } }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    engine = new DockerEngine({ kind: "tcp", host: "127.0.0.1", port }, new AbortController().signal);
  });

  beforeEach(async () => {
    asked = [];
    isManager = true;
    serviceAnswer = "labels";
    await engine.info();
  });

  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const labelsOf = (service: string) =>
    engine.serviceLabelsFor(aContainer().label("com.docker.swarm.service.id", service).build());

  it("are asked for once between two looks at the engine, however many containers it has", async () => {
    const all = await Promise.all([labelsOf(id), labelsOf(id), labelsOf(id)]);
    assert.deepEqual(all, [labels, labels, labels]);
    assert.deepEqual(asked, [`/services/${id}`]);
    await engine.info();
    await labelsOf(id);
    assert.equal(asked.length, 2);
  });

  it("are asked for nowhere but at a manager, and never of a container without one or with a name that is no id", async () => {
    assert.equal(await engine.serviceLabelsFor(aContainer().build()), undefined);
    for (const odd of ["", "../containers/json", id.toUpperCase(), `${id}0`])
      assert.equal(await labelsOf(odd), undefined);
    isManager = false;
    await engine.info();
    assert.equal(await labelsOf(id), undefined);
    assert.deepEqual(asked, []);
  });

  it("are asked for of 1,000 services at most, whatever containers say of theirs", async () => {
    const ids = Array.from({ length: 1100 }, (_, i) => String(i).padStart(25, "a"));
    for (let next = 0; next < ids.length; next += 20) await Promise.all(ids.slice(next, next + 20).map(labelsOf));
    assert.equal(asked.length, 1000);
  });

  it("are none where they are refused or do not come within a second, and the container is read all the same", async () => {
    serviceAnswer = "refused";
    assert.equal(await labelsOf(id), undefined);
    serviceAnswer = "none";
    const begun = performance.now();
    assert.equal(await labelsOf(id.replace("9", "8")), undefined);
    assert.ok(performance.now() - begun < 4000);
  });
});
