import assert from "node:assert/strict";
import { inOrder } from "../../src/desired/line-order.ts";

const from = { services: ["shop/web"], settings: [] };
const extra = (text: string) => ({ text, sets: text, setting: "EXTRA_SETTINGS" as const });

describe("the lines of a listener", () => {
  const rules = ["tcp-request inspect-delay 2s", "acl late src 192.0.2.1", "tcp-request content reject if late"];
  const written = [...rules.map(extra), extra("acl late src 192.0.2.1")];

  it("are sorted, but EXTRA_SETTINGS come last and as they were written", () => {
    const lines = ["timeout client 1h", ...rules, "balance first"].map((text) => ({ text, from }));
    const texts = ["balance first", "timeout client 1h", ...rules];
    assert.deepEqual(
      inOrder(lines, written).map(({ text }) => text),
      texts,
    );
    assert.deepEqual(
      inOrder(lines.toReversed(), written).map(({ text }) => text),
      texts,
    );
  });
});
