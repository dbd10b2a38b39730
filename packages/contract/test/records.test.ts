import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  addressSchema,
  decode,
  encode,
  hasControlCharacter,
  hostPortsRecordSchema,
  nodeRecordSchema,
  shown,
} from "@fairway/contract";
import { anyText } from "./any-text.ts";

const node = {
  v: 1,
  address: "198.18.0.11",
  zone: "",
  version: "0.1.0",
  engineId: "ABCD",
  bootId: "boot",
  lease: "0568a20269708f05",
  session: "f5a2",
  synced: true,
} as const;

describe("records", () => {
  it("are read back as written", () => {
    assert.deepEqual(decode(nodeRecordSchema, encode(node)), { ok: true, record: node });
  });

  it("ignore fields they do not know", () => {
    assert.deepEqual(decode(nodeRecordSchema, JSON.stringify({ ...node, later: 1 })), { ok: true, record: node });
  });

  it("tell a container's host ports as the contract says", () => {
    const text = '{"v":1,"ports":[{"ip":"0.0.0.0","port":6379}]}';
    const decoded = decode(hostPortsRecordSchema, text);
    assert.deepEqual(decoded, { ok: true, record: { v: 1, ports: [{ ip: "0.0.0.0", port: 6379 }] } });
    assert.ok(!decode(hostPortsRecordSchema, '{"v":1,"ports":[{"ip":"here","port":6379}]}').ok);
  });

  for (const [name, value, code, reason] of [
    ["text that is not JSON", "{oops", "record-not-json", /^the record is not JSON \(5 characters\)$/],
    ["JSON of another shape", "[]", "record-not-valid", /^the record is not valid: the whole: /],
    ["a field of the wrong type", JSON.stringify({ ...node, synced: "yes" }), "record-not-valid", /synced: /],
    ["a newer version", JSON.stringify({ ...node, v: 2 }), "record-newer-version", /v=2; this version reads v=1/],
  ] as const) {
    it(`refuse ${name} with a reason`, () => {
      const decoded = decode(nodeRecordSchema, value);
      assert.ok(!decoded.ok);
      assert.equal(decoded.code, code);
      assert.match(decoded.reason, reason);
    });
  }

  for (const ip of [
    "0.0.0.0",
    "::",
    "0:0:0:0:0:0:0:0",
    "::ffff:0.0.0.0",
    "127.0.0.1 weight 9",
    "198.18.0.1\n",
    "::1%eth0\n",
  ]) {
    it(`refuse ${JSON.stringify(ip)} as an address, in which HAProxy would read something else`, () => {
      assert.ok(!addressSchema.safeParse({ via: "node", ip, port: 6379 }).success);
    });
  }

  it("never throw, whatever stands in the registry", () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (value) => !decode(nodeRecordSchema, value).ok));
  });
});

describe("shown", () => {
  it("keeps every text on one line of at most 200 characters before escapes", () => {
    fc.assert(fc.property(anyText({ maxLength: 400 }), (text) => !hasControlCharacter(shown(text))));
    assert.equal(shown("x".repeat(300)).length, 200);
    assert.equal(shown("a\nb\u0000"), "a\\nb\\u{0}");
  });
});
