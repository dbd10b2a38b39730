import assert from "node:assert/strict";
import { cleanLabels } from "../../src/labels/read-labels.ts";

describe("labels", () => {
  it("are read in any case after aliyun.proxy.", () => {
    const { labels } = cleanLabels({
      "aliyun.proxy.tcp_Ports": "1",
      "aliyun.proxy.REQUIRED": "true",
      "aliyun.lb.x": "y",
    });
    assert.deepEqual(
      [...labels],
      [
        ["aliyun.lb.x", "y"],
        ["aliyun.proxy.required", "true"],
        ["aliyun.proxy.TCP_PORTS", "1"],
      ],
    );
  });

  it("in capitals win over the same in small letters", () => {
    const { labels } = cleanLabels({ "aliyun.proxy.tcp_ports": "1", "aliyun.proxy.TCP_PORTS": "2" });
    assert.equal(labels.get("aliyun.proxy.TCP_PORTS"), "2");
  });

  it("of others are not looked at", () => {
    assert.deepEqual(cleanLabels({ description: "two\nlines" }), { labels: new Map(), rejections: [] });
  });

  for (const char of ["\n", "\r", "\u0000", "\u0007", "\u007f", "\u0085", "\u2028", "\u2029", "\t"]) {
    it(`with ${JSON.stringify(char)} are refused`, () => {
      const { labels, rejections } = cleanLabels({ "aliyun.proxy.TCP_PORTS": `6379${char}`, "aliyun.depends": "a" });
      assert.deepEqual([...labels.keys()], ["aliyun.depends"]);
      assert.deepEqual(
        rejections.map(({ code, severity, label }) => ({ code, severity, label })),
        [{ code: "control-character", severity: "refused", label: "aliyun.proxy.TCP_PORTS" }],
      );
      assert.ok(rejections[0]?.value?.includes(char) === false, "the value is shown escaped");
    });
  }
});
