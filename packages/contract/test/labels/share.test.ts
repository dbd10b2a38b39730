import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { isSharedWith, readLabels } from "@fairway/contract";

const optedIn = { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": "6379" };

describe("SHARE", () => {
  for (const [text, accepted, codes] of [
    ["shop-green", "shop-green", []],
    [" shop-green ,, shop_2,shop-green", "shop-green, shop_2", []],
    ["*", "*", []],
    ["_", "_", []],
    ["", undefined, []],
    ["shop-*", undefined, ["not-a-project"]],
    ["shop green, blue", "blue", ["not-a-project"]],
    ["x".repeat(256), undefined, ["not-a-project"]],
    [Array.from({ length: 101 }, (_, at) => `p${at}`).join(), "100 of them", ["too-many-projects"]],
  ] as const) {
    it(`"${text.slice(0, 60)}" stands in the record as ${accepted ?? "nothing"}`, () => {
      const { settings, rejections } = readLabels({ ...optedIn, "aliyun.proxy.share": text });
      const found = settings["SHARE"];
      assert.equal(accepted === "100 of them" ? `${found?.split(", ").length} of them` : found, accepted);
      assert.deepEqual(
        rejections.map(({ code }) => code),
        codes,
      );
    });
  }

  it("says which item is no project, and what to write", () => {
    const { rejections } = readLabels({ ...optedIn, "aliyun.proxy.SHARE": "shop-*" });
    assert.equal(
      rejections[0]?.reason,
      'shop-* is not the name of a project: at most 255 characters, without spaces, `,` and `*`; "*" alone stands for every project',
    );
  });

  it("is not read of a container that is not opted in", () => {
    assert.deepEqual(readLabels({ "aliyun.proxy.SHARE": "shop-green" }).settings, {});
  });

  for (const [share, project, isShared] of [
    ["shop-green, blue", "blue", true],
    ["shop-green, blue", "green", false],
    ["*", "anybody", true],
    ["sh*, blue", "shop", false],
    ["", "", false],
    [undefined, "shop", false],
    ["undefined", "shop", false],
  ] as const) {
    it(`${JSON.stringify(share)} in a record ${isShared ? "lets" : "does not let"} ${project} in`, () => {
      assert.equal(isSharedWith(share, project), isShared);
    });
  }

  it("lets in whom the record names and nobody else, whatever stands in a forged one", () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (share, project) => {
        const items = share.split(",").map((item) => item.trim());
        if (isSharedWith(share, project)) assert.ok(items.includes("*") || items.includes(project));
      }),
    );
  });
});
