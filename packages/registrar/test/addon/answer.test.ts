import assert from "node:assert/strict";
import type { OwnNode } from "@fairway/registry";
import { beforeEach, describe, it } from "mocha";
import { answer, handoutOf, lookAt } from "../../src/addon/answer.ts";
import { Journal } from "../../src/addon/journal.ts";
import { DockerEngine } from "../../src/docker/engine.ts";
import { aContainer } from "../a-container.ts";

const node: OwnNode = {
  node: "node-1",
  address: "198.18.0.11",
  zone: "east",
  version: "0.1.0",
  engineId: "E",
  bootId: "B",
};
const registry = {
  prefix: "/fairway/v1",
  endpoints: ["http://198.18.0.11:2379"],
  username: null,
  password: null,
  ca: null,
  cert: null,
  key: null,
};

describe("a handout", () => {
  it("is exactly what the contract shows", () => {
    const container = aContainer()
      .named("shop_lb_1")
      .label("com.docker.compose.project", "shop")
      .label("com.docker.compose.service", "lb")
      .on("bridge", "172.17.0.5")
      .on("ingress", "10.0.0.5", { driver: "overlay", scope: "swarm", isIngress: true })
      .on("mesh", "10.0.1.5", { driver: "overlay", scope: "swarm" })
      .published(80, 8080)
      .build();
    const handing = handoutOf(container, { node, hostAddresses: ["172.17.0.1", "198.18.0.11"], registry });
    assert.ok(handing.ok);
    assert.equal(
      JSON.stringify(handing.handout),
      '{"v":1,"node":"node-1","nodeAddress":"198.18.0.11","zone":"east","proxy":"shop_lb_1","project":"shop",' +
        '"service":"lb","networks":[{"id":"id-of-bridge","name":"bridge","scope":"local"},' +
        '{"id":"id-of-mesh","name":"mesh","scope":"swarm"}],"published":[{"ip":"0.0.0.0","port":8080}],' +
        '"hostAddresses":["172.17.0.1","198.18.0.11"],' +
        '"registry":{"prefix":"/fairway/v1","endpoints":["http://198.18.0.11:2379"],"username":null,"password":null,' +
        '"ca":null,"cert":null,"key":null}}',
    );
  });

  it("is refused to a container whose project no key may carry", () => {
    const container = aContainer().label("com.docker.compose.project", "a\nb").build();
    const handing = handoutOf(container, { node, hostAddresses: [], registry });
    assert.ok(!handing.ok);
    assert.match(handing.reason, /^com\.docker\.compose\.project: the value has a line break/);
  });
});

const told: string[] = [];
const tell = (_: unknown, message?: string) => void told.push(message ?? "");
const log = { debug: tell, info: tell, warn: tell, error: tell };

describe("an answer", () => {
  it("is 503 with the reason while the engine does not answer", async () => {
    const engine = new DockerEngine({ kind: "unix", path: "/nonexistent/docker.sock" }, new AbortController().signal);
    const journal = new Journal(log);
    const handedOut = () => ({ ok: true, registry }) as const;
    const look = () => lookAt(engine);
    const { status, body } = await answer({ engine, look, node, handedOut, journal }, "172.17.0.5", "172.17.0.1");
    assert.equal(status, 503);
    assert.match(JSON.stringify(body), /^\{"error":"Docker does not tell: .*\/nonexistent\/docker\.sock"\}$/);
    assert.deepEqual(journal.counts(), { answered: 0, refused: 0, failed: 1, limited: 0 });
  });
});

describe("the host itself", () => {
  it("is refused without a question to the engine", async () => {
    const engine = new DockerEngine({ kind: "unix", path: "/nonexistent/docker.sock" }, new AbortController().signal);
    const facts = { engine, node, handedOut: () => ({ ok: true, registry }) as const, journal: new Journal(log) };
    const look = () => assert.fail("the engine was asked");
    assert.equal((await answer({ ...facts, look }, "127.0.0.1", "127.0.0.1")).status, 403);
  });
});

describe("the addon's journal", () => {
  beforeEach(() => void told.splice(0));

  it("tells each container once, and each refusal once for as long as its reason stays the same", () => {
    const journal = new Journal(log);
    const container = aContainer().build();
    for (const reason of ["no label", "no label", "no user"]) journal.refused("172.17.0.5", reason);
    for (let n = 0; n < 3; n += 1) journal.answered("172.17.0.5", container);
    journal.failed("172.17.0.5", "Docker does not tell");
    journal.answered("172.17.0.5", container);
    assert.deepEqual(told, [
      "subscription refused",
      "subscription refused",
      "subscription handed out",
      "subscription cannot be handed out now",
      "subscription handed out",
    ]);
    assert.deepEqual(journal.counts(), { answered: 4, refused: 3, failed: 1, limited: 0 });
  });

  it("keeps the latest alone, whoever asks", () => {
    const journal = new Journal(log);
    for (let n = 0; n < 200; n += 1) journal.refused(`172.17.1.${n}`, "no label");
    const { refused } = journal.latest();
    assert.equal(refused.length, 50);
    assert.equal(refused.at(-1)?.source, "172.17.1.199");
  });
});
