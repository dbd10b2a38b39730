import assert from "node:assert/strict";
import { drainKey, endpointsPrefix, parseDrainKey } from "@fairway/contract";
import { endpoints } from "../src/resources/endpoints.ts";
import { findTarget, servicesLeftWithout, unseen } from "../src/operator/drain-target.ts";
import { given } from "../../proxy-agent/test/given.ts";

const records = () =>
  given()
    .service("shop", "db")
    .node("node-1")
    .endpoint({ container: "one" })
    .endpoint({ container: "twin" })
    .endpoint({ container: "twin", node: "node-2" });
const items = endpoints.read(records().stored.filter(({ key }) => key.startsWith(endpointsPrefix))).items;
const idOf = (name: string) => items.find(({ container }) => container.name === name)?.container.id.slice(0, 12) ?? "";
const gone = parseDrainKey(drainKey({ node: "node-9", container12: "fedcba987654" }));
const known = { endpoints: items, nodes: ["node-1", "node-2", "one"], drains: gone === undefined ? [] : [gone] };

describe("what a drain is of", () => {
  for (const [asked, found] of [
    ["node-1", "node-1/*"],
    ["node-1/one", `node-1/${idOf("one")}`],
    [idOf("one"), `node-1/${idOf("one")}`],
    [idOf("one").slice(0, 6), `node-1/${idOf("one")}`],
    ["node-2/twin", `node-2/${idOf("twin")}`],
    ["fedcba987654", "node-9/fedcba987654"],
    ["node-9/fedcba987654", "node-9/fedcba987654"],
    ["one", "several"],
    ["one/*", "one/*"],
    ["node-2/*", "node-2/*"],
    ["node-8/*", "node-8/*"],
    ["node-8/0123456789ab", "node-8/0123456789ab"],
    ["node-8/0123456789abc", "none"],
    ["/*", "none"],
    ["twin", "several"],
    ["nobody", "none"],
    ["node-2/one", "none"],
    ["fed", "none"],
    ["", "none"],
    ["node-1/", "none"],
    ["*", "none"],
    ["\u001b[31m", "none"],
  ] as const) {
    it(`is ${found.replace(/[0-9a-f]{12}/, "a container")} when asked for ${JSON.stringify(asked.replace(/[0-9a-f]{6,}/, "an id"))}`, () => {
      const answer = findTarget(asked, known);
      const is = answer.ok
        ? `${answer.target.node}/${answer.target.container12}`
        : answer.isSeveral
          ? "several"
          : "none";
      assert.equal(is, found);
      if (!answer.ok) assert.doesNotMatch(answer.reason, /\p{Cc}/u);
    });
  }

  it("is to be written so that it means one thing, where a container is called like a node", () => {
    const answer = findTarget("one", known);
    assert.match(answer.ok ? "" : answer.reason, /: write node-1\/[0-9a-f]{12} or one\/\*$/);
  });

  for (const [node, container12, told] of [
    ["node-1", "*", undefined],
    ["node-1", idOf("one"), undefined],
    ["node-8", "*", "no registrar of node node-8 is in the registry: nothing comes of it until one is"],
    ["node-9", "fedcba987654", "no registrar of node node-9 is in the registry: nothing comes of it until one is"],
    ["node-2", "0123456789ab", "nothing of this container is in the registry: nothing comes of it until something is"],
    ["node-2", idOf("one"), "nothing of this container is in the registry: nothing comes of it until something is"],
  ] as const) {
    const what = `${node}/${container12 === "*" ? "*" : container12 === idOf("one") ? "one" : "an id"}`;
    it(`of ${what} is told to come to nothing ${told === undefined ? "nowhere" : `as ${told.slice(0, 10)}…`}`, () => {
      assert.deepEqual(unseen({ node, container12 }, known), told === undefined ? [] : [told]);
    });
  }

  it("leaves a service without a server only when it is of all that take connections", () => {
    assert.deepEqual(servicesLeftWithout({ node: "node-1", container12: "*" }, items), []);
    const here = items.filter(({ node }) => node === "node-1");
    assert.deepEqual(servicesLeftWithout({ node: "node-1", container12: "*" }, here), ["shop/db"]);
    assert.deepEqual(servicesLeftWithout({ node: "node-1", container12: idOf("one") }, here), []);
    assert.deepEqual(servicesLeftWithout({ node: "node-3", container12: "*" }, here), []);
  });
});
