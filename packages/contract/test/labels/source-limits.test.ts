import assert from "node:assert/strict";
import fc from "fast-check";
import { limitOf, readLabels, readOperatorSettings } from "@fairway/contract";
import { forbidden } from "./haproxy-text.ts";

const optedIn = { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": "6379" };

describe("RATE and CONNECTIONS", () => {
  for (const [name, text, accepted] of [
    ["RATE", "20/s per source", "20/s per source"],
    ["RATE", "20/s", "20/s per source"],
    ["rate", " 600 / M  Per Source ", "600/m per source"],
    ["RATE", "1000000/s per source", "1000000/s per source"],
    ["RATE", "1000001/s per source", undefined],
    ["RATE", "0/s per source", undefined],
    ["RATE", "20", undefined],
    ["RATE", "20/h per source", undefined],
    ["RATE", "20/s per server", undefined],
    ["RATE", "1.5/s per source", undefined],
    ["RATE", "", undefined],
    ["CONNECTIONS", "10 per source", "10 per source"],
    ["CONNECTIONS", "10", "10 per source"],
    ["CONNECTIONS", "10/s per source", undefined],
    ["CONNECTIONS", "0", undefined],
    ["CONNECTIONS", "none", undefined],
  ] as const) {
    it(`${name}: "${text}" ${accepted === undefined ? "is refused" : `stands in the record as "${accepted}"`}`, () => {
      const { settings, rejections } = readLabels({ ...optedIn, [`aliyun.proxy.${name}`]: text });
      assert.equal(settings[name.toUpperCase()], accepted);
      assert.deepEqual(
        rejections.map(({ code, severity }) => `${severity} ${code}`),
        accepted === undefined ? ["refused not-a-limit"] : [],
      );
    });
  }

  it("say what is allowed where they are refused", () => {
    const { rejections } = readLabels({ ...optedIn, "aliyun.proxy.RATE": "20 a second" });
    assert.deepEqual(
      rejections.map(({ label, value, reason }) => [label, value, reason]),
      [
        [
          "aliyun.proxy.RATE",
          "20 a second",
          "it has no effect: it is not a number from 1 to 1000000 and a time, /s or /m, such as 20/s per source",
        ],
      ],
    );
  });

  it("are an operator's by the same grammar", () => {
    const { settings, problems } = readOperatorSettings({ rate: "5/m", CONNECTIONS: "many" });
    assert.deepEqual(settings, { RATE: "5/m per source" });
    assert.deepEqual(problems, [
      "CONNECTIONS: it has no effect: it is not a number from 1 to 1000000, such as 10 per source",
    ]);
  });

  it("are a number in bounds, or nothing: 10,000 texts by somebody who knows HAProxy's words", () => {
    const part = fc.constantFrom("20", "/s", "/m", " per source", "10/s", "99999999", "per", " ");
    const text = fc
      .array(fc.oneof({ weight: 5, arbitrary: part }, forbidden), { maxLength: 5 })
      .map((parts) => parts.join(""));
    const property = fc.property(text, fc.constantFrom("RATE" as const, "CONNECTIONS" as const), (each, name) => {
      const limit = limitOf(name, each);
      if (limit === undefined) return;
      assert.ok(Number.isInteger(limit.most) && limit.most >= 1 && limit.most <= 1_000_000, each);
      assert.equal(limit.per === undefined, name === "CONNECTIONS");
    });
    fc.assert(property, { numRuns: 10_000 });
  });
});
