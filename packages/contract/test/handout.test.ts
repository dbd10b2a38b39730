import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { decode, encode, handoutSchema } from "@fairway/contract";

/** As the design shows it. */
const handout = {
  v: 1,
  node: "node-1",
  nodeAddress: "198.18.0.11",
  zone: "",
  proxy: "shop_lb_1",
  project: "shop",
  service: "lb",
  networks: [{ id: "4f5c", name: "bridge", scope: "local" }],
  published: [{ ip: "0.0.0.0", port: 7000 }],
  hostAddresses: ["172.17.0.1", "198.18.0.11"],
  registry: {
    prefix: "/fairway/v1",
    endpoints: ["http://198.18.0.11:2379"],
    username: null,
    password: null,
    ca: null,
    cert: null,
    key: null,
  },
} as const;

describe("what the addon hands out", () => {
  it("is read back as written", () => {
    assert.deepEqual(decode(handoutSchema, encode(handout)), { ok: true, record: handout });
  });

  it("is read without the ports and addresses that an earlier registrar did not tell", () => {
    const { published, hostAddresses, ...earlier } = handout;
    assert.deepEqual([published.length, hostAddresses.length], [1, 2]);
    assert.deepEqual(decode(handoutSchema, JSON.stringify(earlier)), {
      ok: true,
      record: { ...earlier, published: [], hostAddresses: [] },
    });
  });

  for (const [what, odd] of [
    ["a newer version", { ...handout, v: 2 }],
    ["no way to the registry", { ...handout, registry: { ...handout.registry, endpoints: [] } }],
    ["no name of a node", { ...handout, node: "" }],
    ["an error in its place", { error: "no" }],
  ] as const) {
    it(`is not ${what}`, () => {
      assert.equal(decode(handoutSchema, JSON.stringify(odd)).ok, false);
    });
  }
});
