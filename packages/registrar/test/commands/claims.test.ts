import assert from "node:assert/strict";
import { ordinaryProxies } from "@fairway/contract";
import type { ClaimUse } from "@fairway/registry";
import { describeClaims } from "../../src/commands/claims.ts";

const nowMs = Date.parse("2026-11-22T12:00:00.000Z");

function use(project: string, facts: Partial<ClaimUse> = {}, port = 6379): ClaimUse {
  const claim = { balancer: ordinaryProxies, project, service: undefined, port, name: undefined };
  const claimedAt = "2026-11-19T11:00:00.000Z";
  return { claim, age: 1n, claimedAt, lease: undefined, endpoints: 1, oldest: "", shares: [], ...facts };
}

const balanced = { balancer: "proxy_test", project: "shop", service: "db", port: 443, name: "a.example.com" };

describe("the list of claims", () => {
  it("has columns for port, holder, age and use", () => {
    const uses = [
      use("shop", { endpoints: 2 }),
      use("evil\u001b[31m", { age: 2n, claimedAt: "2026-11-22T11:55:00.000Z" }),
      use("later", { age: undefined, claimedAt: undefined }),
      use("gone", { endpoints: 0, lease: "00ab", claimedAt: "2026-11-22T11:59:59.000Z" }, 7000),
      use("kept", { endpoints: 0, claimedAt: "yesterday" }, 7001),
      use("shop", { claim: balanced, claimedAt: "2026-11-22T09:00:00.000Z" }),
    ];
    assert.deepEqual(describeClaims(uses, { isDryRun: false, nowMs }), [
      "PORT                          HOLDER          CLAIMED       USED BY",
      "6379                          shop            3d ago        2 endpoints",
      "6379                          evil\\u{1b}[31m  5m ago        1 endpoint",
      "6379                          later           not yet       1 endpoint",
      "7000                          gone            1s ago        nothing, about to end",
      "7001                          kept            at some time  nothing",
      "443,a.example.com@proxy_test  shop/db         3h ago        1 endpoint",
    ]);
  });

  it("says with --dry-run who would be refused, and how many endpoints that is", () => {
    const uses = [
      use("shop", { shares: ["green"] }),
      use("green"),
      use("evil", { endpoints: 3 }),
      use("idle", { endpoints: 0 }),
    ];
    assert.deepEqual(describeClaims(uses, { isDryRun: true, nowMs }), [
      "PORT  HOLDER  CLAIMED  USED BY      WOULD BE",
      "6379  shop    3d ago   1 endpoint   served",
      "6379  green   3d ago   1 endpoint   served: shop shares it",
      "6379  evil    3d ago   3 endpoints  refused: it is shop's",
      "6379  idle    3d ago   nothing      served",
      "",
      "3 endpoints would be refused, except by proxies of that project and where PORT_OWNERS or SHARED_PORTS says otherwise",
    ]);
  });

  it("says that nobody would be refused, and that there is nothing to list", () => {
    assert.equal(describeClaims([use("shop")], { isDryRun: true, nowMs }).at(-1), "nobody would be refused");
    assert.deepEqual(describeClaims([], { isDryRun: true, nowMs }), ["no front port is claimed or asked for"]);
  });
});
