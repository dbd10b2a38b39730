import assert from "node:assert/strict";
import { claimKey, claimsOfEndpoint, endpointRecordSchema, readLabels } from "@fairway/contract";
import fc from "fast-check";
import { isServerName } from "../../src/server-name.ts";

function read(ports: string, labels: Readonly<Record<string, string>>) {
  const all = { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": ports, ...labels };
  const { ports: whole, named, rejections } = readLabels(all);
  const codes = rejections.map(({ code }) => code);
  return { whole: [...whole.values()].flat().map(({ port }) => port), named: [...named.values()].flat(), codes };
}

describe("names in labels", () => {
  for (const [title, ports, names, expected] of [
    [
      "are a port's that opens TLS",
      "5432/ssl",
      "b.x, A.x, a.x",
      { named: [{ port: 5432, as: "ssl", names: ["a.x", "b.x"] }] },
    ],
    [
      "are a port's that passes TLS through",
      "443:8443/sni",
      "*.a.x",
      { named: [{ port: 443, as: "sni", names: ["*.a.x"] }] },
    ],
    [
      "are a port's where clients of PostgreSQL ask for TLS",
      "6432:5432/Postgres",
      "a.x",
      { named: [{ port: 6432, as: "postgres", names: ["a.x"] }] },
    ],
    ["are no plain port's", "80, 443/ssl", "*", { whole: [80], named: [{ port: 443, as: "ssl", names: ["*"] }] }],
    ["without a port of theirs have no effect", "80", "a.x", { whole: [80], codes: ["names-without-port"] }],
    ["that are none have their port refused", "443/ssl", "a..x", { codes: ["name-not-valid", "no-name"] }],
    [
      "keep the good ones beside bad ones",
      "443/ssl",
      "a.x, *.*",
      { named: [{ port: 443, as: "ssl", names: ["a.x"] }], codes: ["name-not-valid"] },
    ],
  ] as const) {
    it(title, () => {
      assert.deepEqual(read(ports, { "fairway.sni": names }), { whole: [], named: [], codes: [], ...expected });
    });
  }

  it("for one port take the place of the others there", () => {
    const { named } = read("443/ssl, 5432/ssl", { "fairway.sni": "a.x", "fairway.sni.5432": "b.x" });
    assert.deepEqual(
      named.map(({ port, names }) => [port, ...names]),
      [
        [443, "a.x"],
        [5432, "b.x"],
      ],
    );
  });

  it("are missing where a port with /sni or /postgres has none, which is refused", () => {
    for (const ports of ["443/sni", "5432/postgres"])
      assert.deepEqual(read(ports, {}), { whole: [], named: [], codes: ["no-name"] });
  });

  it("tell no servers apart where the server speaks first: that is said", () => {
    for (const suffix of ["mysql", "starttls"]) {
      const { rejections } = readLabels({
        "aliyun.proxy.required": "true",
        "aliyun.proxy.TCP_PORTS": `3306/${suffix}`,
      });
      assert.match(rejections.map(({ reason }) => reason).join(), /wait for a greeting of the server/);
    }
  });

  it("are never more than a name: no text of theirs is a word of anything else", () => {
    fc.assert(fc.property(fc.string(), (text) => !isServerName(text) || /^(\*|(\*\.)?[a-z0-9_.-]+)$/.test(text)));
  });
});

describe("the record of an endpoint with names", () => {
  const container = { id: "a".repeat(64), name: "shop_db_1", image: "db", createdAt: "2026-11-22T08:00:00Z" };
  const record = endpointRecordSchema.parse({
    v: 1,
    state: "ready",
    addresses: [],
    listen: [],
    named: [{ port: 5432, as: "ssl", names: ["a.x", "*"] }],
    container,
    reportedAt: "2026-11-22T08:00:00Z",
  });

  it("claims each name, and asks an earlier version, which passes over them, for no port", () => {
    const claims = claimsOfEndpoint({ project: "shop", service: "db" }, record).map(claimKey);
    assert.deepEqual(claims, ["claims/*/shop/5432,a.x", "claims/*/shop/5432,*"]);
    assert.deepEqual(endpointRecordSchema.omit({ named: true }).parse(record).listen, []);
  });

  it("is not read with a name that is none", () => {
    const forged = { ...record, named: [{ port: 5432, as: "ssl", names: ["a.x\n  bind :22"] }] };
    assert.ok(!endpointRecordSchema.safeParse(forged).success);
  });
});
