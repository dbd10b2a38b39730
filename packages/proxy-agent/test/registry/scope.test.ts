import assert from "node:assert/strict";
import { agentSettings, readSettings } from "@fairway/contract";
import { scopeOf } from "../../src/registry/scope.ts";

function scopeFrom(ADDITIONAL_SERVICES: string) {
  const read = readSettings({ scope: agentSettings.scope }, { ADDITIONAL_SERVICES });
  assert.ok(read.ok);
  return { ...scopeOf("shop", read.settings.scope, undefined), leftOut: read.leftOut.length };
}

describe("scope", () => {
  for (const [text, prefixes, leftOut] of [
    ["", ["endpoints/shop/"], 0],
    ["*", ["endpoints/"], 0],
    ["a:b, *", ["endpoints/"], 0],
    [" a : b ,c:d", ["endpoints/a/b/", "endpoints/c/d/", "endpoints/shop/"], 0],
    ["a_b:c,a:b_c", ["endpoints/a/b_c/", "endpoints/a_b/c/", "endpoints/shop/"], 0],
    ["shop:db", ["endpoints/shop/"], 0],
    ["a:b,a:b", ["endpoints/a/b/", "endpoints/shop/"], 0],
    ["a,:b,a:,a:b:c,c:d", ["endpoints/c/d/", "endpoints/shop/"], 4],
    ["a:*,*:b,c:d", ["endpoints/c/d/", "endpoints/shop/"], 2],
    ["a/b:c", ["endpoints/a%2Fb/c/", "endpoints/shop/"], 0],
  ] as const) {
    it(`of ADDITIONAL_SERVICES="${text}" is ${prefixes.join(" ")}${leftOut ? `, ${leftOut} items reported` : ""}`, () => {
      const scope = scopeFrom(text);
      assert.deepEqual([scope.prefixes, scope.leftOut], [prefixes, leftOut]);
    });
  }

  it("holds the claims of every project, by one watch, and all nodes", () => {
    const keys = scopeFrom("a:b").selectors.map((selector) => ("prefix" in selector ? selector.prefix : selector.key));
    assert.deepEqual(keys, ["endpoints/a/b/", "endpoints/shop/", "claims/*/", "nodes/", "settings/", "waits/"]);
  });
});
