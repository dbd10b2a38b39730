import assert from "node:assert/strict";
import { encode, hintLabel, proxyKey, refuseLabel, rejectionsKey } from "@fairway/contract";
import type { Stored } from "@fairway/registry";
import { parse } from "yaml";
import { z } from "zod";
import { choose } from "../src/commands/get.ts";
import { type Format, renderItems } from "../src/output/render.ts";
import { kinds } from "../src/resources/kinds.ts";
import { given, proxyRecord } from "../../proxy-agent/test/given.ts";

const proxy = proxyRecord({
  servers: { ready: 2, drain: 1, maint: 0, orphaned: 0 },
  rejections: { count: 2, first: [{ code: "port-owned", key: "endpoints/evil/db/", reason: "it is shop's" }] },
});

const facts = {
  code: "port-out-of-range",
  label: "aliyun.proxy.TCP_PORTS",
  value: "99999",
  reason: "99999 is no port",
};
const refusals = {
  v: 1,
  project: "shop",
  service: "web",
  container: { id: "f".repeat(64), name: "shop_web_1", image: "web:1" },
  rejections: [refuseLabel(facts), hintLabel({ ...facts, code: "near-miss" })],
} as const;

const records = () =>
  given()
    .node("node-1")
    .service("shop", "db")
    .endpoint({ container: "one" })
    .endpoint({ container: "two", node: "node-2", state: "unhealthy" })
    .service("shop", "数据库")
    .endpoint({ container: "wide", port: 80, listen: [{ port: 443, ssl: true }] })
    .service("evil", "db")
    .endpoint({ container: "thief" })
    .operator("shop", "db", { BALANCE: "leastconn" })
    .put(rejectionsKey("node-1", "ffffffffffff"), encode(refusals))
    .put(proxyKey("node-1", "lb"), encode(proxy));

function kindOf(name: string) {
  const kind = kinds[name];
  assert.ok(kind);
  return { name, ...kind };
}

function show(name: string, form: Format, stored: readonly Stored[] = records().stored): readonly string[] {
  const kind = kindOf(name);
  return renderItems(kind, kind.read(stored).items, form);
}

describe("fairway get", () => {
  it("shows no key that stands in the label of a container", () => {
    const settings = { SSL_CERT: "-----BEGIN PRIVATE KEY-----", BALANCE: "leastconn" };
    const { stored } = given().node("node-1").service("shop", "db").endpoint({ settings });
    for (const form of ["json", "yaml", "wide"] as const) {
      assert.ok(!show("endpoints", form, stored).join().includes("PRIVATE KEY"));
    }
    assert.match(show("endpoints", "json", stored).join(), /"SSL_CERT": ?"[0-9a-f]{64}"/);
  });

  const tables: Readonly<Record<string, readonly string[]>> = {
    services: [
      "SERVICE      PORTS    READY  CONTAINERS  NODES           SET BY OPERATOR",
      "evil/db      6379     1/1    1           node-1          –",
      "shop/db      6379     1/2    2           node-1, node-2  BALANCE",
      "shop/数据库  443/ssl  1/1    1           node-1          –",
    ],
    ports: [
      "PORT  OWNER  ENDPOINTS  SHARED WITH  REFUSED TO  CLAIMED",
      "443  shop  1  –  –  AGE",
      "6379  shop  2  –  evil  AGE",
    ],
    nodes: [
      "NODE    ADDRESS      ZONE  ENDPOINTS  IN STEP  DRAINED  VERSION",
      "node-1  198.18.0.11  –     3          yes      –        0.1.0",
    ],
    proxies: ["PROXY  LISTENERS  READY  REFUSED  APPLIED  HAPROXY  ERROR", "node-1/lb  1  2/3  2  9, AGE  2.6.12  –"],
    rejections: [
      "BY                WHAT                CODE               LABEL                   REASON",
      "registrar node-1  shop_web_1          port-out-of-range  aliyun.proxy.TCP_PORTS  99999 is no port",
      "registrar node-1  shop_web_1          near-miss          aliyun.proxy.TCP_PORTS  99999 is no port",
      "proxy node-1/lb   endpoints/evil/db/  port-owned         –                       it is shop's",
    ],
  };
  for (const [name, lines] of Object.entries(tables)) {
    it(`shows ${name} in columns`, () => {
      const shown = show(name, "table");
      const hasAges = shown.some((line) => / ago\b/.test(line));
      // Ages grow with the years, and columns with them.
      const table = shown.map((line) => line.replace(/\d+[smhd] ago/, "AGE").replace(/ {2,}/g, "  "));
      assert.deepEqual(hasAges ? table : shown, lines);
    });
  }

  for (const name of Object.keys(kinds)) {
    it(`writes ${name} as JSON and YAML that say the same, by the schema that it tells`, () => {
      const json: unknown = JSON.parse(show(name, "json").join("\n"));
      assert.deepEqual(parse(show(name, "yaml").join("\n")), json);
      const kind = kindOf(name);
      const whole = z.strictObject({ kind: z.literal(name), items: z.array(kind.schema).min(1) });
      assert.deepEqual(whole.parse(json), json);
      const schema = JSON.parse(show(name, "schema").join("\n")) as { properties: { items: object } };
      const fields = new Set(Object.keys(itemsOf(schema).properties));
      assert.deepEqual(
        kind
          .read(records().stored)
          .items.flatMap(({ item }) => Object.keys(item).filter((field) => !fields.has(field))),
        [],
      );
    });
  }

  const hostile = "a\u001b[2J\n\u202eb\u0085\u2028\u{e0041}";
  for (const form of ["table", "wide", "json", "yaml", "name"] as const) {
    it(`lets no text of a record act on a terminal: ${form}`, () => {
      const stored = given()
        .service(hostile, hostile)
        .endpoint({ container: hostile, image: hostile, settings: { [hostile]: hostile } })
        .operator(hostile, hostile, { [hostile]: hostile })
        .node(hostile, { address: hostile.slice(0, 9), zone: hostile })
        .put(proxyKey(hostile, hostile), JSON.stringify({ ...proxy, lastError: hostile, scope: [hostile] })).stored;
      for (const name of Object.keys(kinds)) {
        const lines = show(name, form, stored);
        assert.ok(lines.length > 0);
        assert.doesNotMatch(lines.join(""), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u, `${name} as ${form}`);
        if (form === "json")
          assert.deepEqual(parse(show(name, "yaml", stored).join("\n")), JSON.parse(lines.join("\n")));
      }
    });
  }

  const asked: readonly (readonly [string, string, readonly string[], string | undefined, readonly string[]])[] = [
    ["a service by project and service", "services", ["shop/db"], undefined, ["shop/db"]],
    ["a service of a project", "services", ["db"], "shop", ["shop/db"]],
    ["every service of a name", "services", ["db"], undefined, ["evil/db", "shop/db"]],
    ["all of a project", "services", [], "evil", ["evil/db"]],
    ["an endpoint by its container", "endpoints", ["wide"], undefined, [wideName()]],
    ["a port", "ports", ["6379"], undefined, ["6379"]],
    ["claims of a port", "claims", ["6379"], undefined, ["*/shop/6379", "*/evil/6379"]],
  ];
  for (const [what, name, names, project, found] of asked) {
    it(`finds ${what}`, () => {
      const kind = kindOf(name);
      const { items, missing } = choose(kind.read(records().stored).items, { kind, names, project });
      assert.deepEqual([items.map((item) => item.name), missing], [found, []]);
    });
  }

  it("says of which name there is nothing, escaped", () => {
    const kind = kindOf("services");
    const { missing } = choose(kind.read(records().stored).items, { kind, names: ["no\u001b"], project: "shop" });
    assert.deepEqual(missing, ["no services of project shop called no\\u{1b}"]);
  });

  it("names what cannot be read, and shows the rest", () => {
    const stored = records().put("endpoints/shop/db/1/n/c", "{").put("nodes/x", '{"v":2}').stored;
    const reason = "the record is not JSON (1 characters)";
    assert.deepEqual(kindOf("endpoints").read(stored).leftOut, [`left out endpoints/shop/db/1/n/c: ${reason}`]);
    assert.match(kindOf("nodes").read(stored).leftOut.join(), /^left out nodes\/x: the record has v=2/);
    assert.match(kindOf("rejections").read(stored).leftOut.join(), /^proxy node-1\/lb refuses more than its record/);
  });
});

function itemsOf(schema: unknown): { readonly properties: object } {
  return (schema as { properties: { items: { items: { properties: object } } } }).properties.items.items;
}

function wideName(): string {
  const [item] = kindOf("endpoints").read(
    given().service("shop", "数据库").endpoint({ container: "wide", port: 80 }).stored,
  ).items;
  return item?.name ?? "";
}
