import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  type Claim,
  claimKey,
  claimRecordSchema,
  claimsOfEndpoint,
  claimsPrefixOf,
  decode,
  encode,
  endpointsPrefixOfHolder,
  isBalancerName,
  ordinaryProxies,
  parseClaimKey,
} from "@fairway/contract";

const onProxies = { balancer: ordinaryProxies, project: "shop", service: undefined, port: 6379, name: undefined };
const onBalancer = { ...onProxies, balancer: "proxy_test", service: "redis-master" };

describe("claims", () => {
  for (const [key, claim] of [
    ["claims/*/shop/6379", onProxies],
    ["claims/*/shop/443,a.example.com", { ...onProxies, port: 443, name: "a.example.com" }],
    ["claims/*/shop/443,a,b%2Fc", { ...onProxies, port: 443, name: "a,b/c" }],
    ["claims/proxy_test/shop/redis-master/6379", onBalancer],
    ["claims/proxy_test/shop/redis-master/443,a", { ...onBalancer, port: 443, name: "a" }],
    ["claims/lb/a%2Fb/c%25/1", { ...onBalancer, balancer: "lb", project: "a/b", service: "c%", port: 1 }],
  ] as const) {
    it(`of ${JSON.stringify(claim)} have the key ${key}`, () => {
      assert.equal(claimKey(claim), key);
      assert.deepEqual(parseClaimKey(key), claim);
    });
  }

  for (const [key, why] of [
    ["claims/*/shop/0", "0 is no port"],
    ["claims/*/shop/65536", "65536 is no port"],
    ["claims/*/shop/06379", "a port has one spelling"],
    ["claims/*/shop/", "there is no port"],
    ["claims/*/shop/6379,", "there is no name after the comma"],
    ["claims/*/shop/db/6379", "a port of the ordinary proxies is a project's"],
    ["claims/*/sho%70/6379", "shop has one spelling"],
    ["claims/*//6379", "there is no project"],
    ["claims/lb/shop/6379", "there is no service"],
    ["claims/lb/shop//6379", "the service has no name"],
    ["claims/lb/shop/db/6379/more", "it goes on"],
    ["claims/l,b/shop/db/6379", "a balancer has no comma in its name"],
    ["claims/l%2Fb/shop/db/6379", "a balancer has no slash in its name"],
    ["claims/**/shop/db/6379", "a balancer has no star in its name"],
    ["claims//shop/db/6379", "the balancer has no name"],
    ["claim/*/shop/6379", "it stands elsewhere"],
    ["endpoints/a/b/1/n/c", "it stands elsewhere"],
  ] as const) {
    it(`do not take ${key} for one: ${why}`, () => assert.equal(parseClaimKey(key), undefined));
  }

  it("are read back as written, whatever their names are, and never two from one key", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => text.isWellFormed());
    const service = fc.record({ balancer: name.filter(isBalancerName), service: name });
    const project = fc.constant({ balancer: ordinaryProxies, service: undefined });
    const port = fc.record({ port: fc.integer({ min: 1, max: 65535 }), name: fc.option(name, { nil: undefined }) });
    const claims = fc.tuple(fc.oneof(service, project), name, port);
    fc.assert(
      fc.property(claims, ([holder, ownProject, asked]) => {
        const claim: Claim = { ...holder, project: ownProject, ...asked };
        assert.deepEqual(parseClaimKey(claimKey(claim)), claim);
        assert.ok(claimKey(claim).startsWith(claimsPrefixOf(claim.balancer)));
      }),
    );
  });

  it("of an endpoint are one for each front port, its project's on the proxies and its service's on a balancer", () => {
    const claims = claimsOfEndpoint(
      { project: "shop", service: "redis-master" },
      {
        listen: [
          { port: 8001, ssl: false },
          { port: 8001, ssl: true },
          { port: 6379, ssl: false },
        ],
        claims: [{ balancer: "proxy_test", port: 6379, scheme: "tcp" }],
      },
    );
    assert.deepEqual(claims.map(claimKey), [
      "claims/*/shop/8001",
      "claims/*/shop/6379",
      "claims/proxy_test/shop/redis-master/6379",
    ]);
  });

  it("know where the endpoints of their holder stand", () => {
    assert.equal(endpointsPrefixOfHolder(onProxies), "endpoints/shop/");
    assert.equal(endpointsPrefixOfHolder(onBalancer), "endpoints/shop/redis-master/");
  });

  it("have a value that says when and by which node", () => {
    const record = { v: 1, claimedAt: "2026-11-22T08:00:00.000Z", by: "node-1" } as const;
    assert.deepEqual(decode(claimRecordSchema, encode(record)), { ok: true, record });
    assert.ok(!decode(claimRecordSchema, "{}").ok);
  });
});
