import assert from "node:assert/strict";
import { encode, endpointKey, type EndpointRecord, type ProxyRecord } from "@fairway/contract";
import type { Stored } from "@fairway/registry";
import { proxyRecord } from "../../proxy-agent/test/given.ts";
import { finder } from "../src/page/search.ts";
import { changesBetween, withChange } from "../src/view/changes.ts";
import { noTables, type Tables } from "../src/view/rows.ts";
import { View } from "../src/view/view.ts";

let revision = 0n;

function stored(key: string, record: object): Stored {
  revision += 1n;
  const value = encode(record as { v: 1 });
  return { key, value, createRevision: revision, modRevision: revision, lease: undefined };
}

function endpoint(service: string, state: EndpointRecord["state"], port = 8080): Stored {
  const id = Buffer.from(service.padEnd(32)).toString("hex");
  const at = { project: "shop", service, port: 80, node: "n1", container12: id.slice(0, 12) };
  const createdAt = "2026-01-01T08:00:00.000Z";
  return stored(endpointKey(at), {
    v: 1,
    state,
    addresses: [{ via: "node", ip: "198.51.100.11", port: 32768 }],
    listen: [{ port, ssl: false }],
    container: { id, name: `shop_${service}_1`, image: "web", createdAt },
    reportedAt: createdAt,
  });
}

const vantage: ProxyRecord["vantage"] = { node: "n1", kind: "node", networks: [] };

function proxy(facts: Partial<ProxyRecord> = {}): Stored {
  return stored("proxies/n1/lb", proxyRecord({ vantage, ...facts }));
}

const refusal = stored("rejections/n1/aabbccddeeff", {
  v: 1,
  project: "shop",
  service: "\u202e<b>",
  container: { id: "aa".repeat(32), name: "shop_bad_1", image: "web" },
  rejections: [
    {
      code: "port-out-of-range",
      severity: "refused",
      label: "aliyun.proxy.TCP_PORTS",
      value: "99999",
      reason: "99999 is not a port (1–65535)",
    },
  ],
});

const rowsOf = (tables: Tables) =>
  [...tables.containers.values()].map(({ name, tone, reason }) => [name, tone, reason]);

describe("what the page shows of the registry", () => {
  it("tells of each container how it stands, and why in the words of why", () => {
    const tables = new View().look([
      endpoint("web", "ready"),
      endpoint("api", "starting"),
      endpoint("db", "unhealthy"),
      proxy(),
      refusal,
    ]);
    assert.deepEqual(rowsOf(tables), [
      ["shop_bad_1", "broken", 'aliyun.proxy.TCP_PORTS "99999": 99999 is not a port (1–65535)'],
      ["shop_web_1", "good", ""],
      [
        "shop_api_1",
        "waiting",
        "port 80: starting, takes no traffic until it accepts connections or READY_TIMEOUT is over",
      ],
      ["shop_db_1", "broken", "port 80: unhealthy, takes no new connections: its HEALTHCHECK fails, or it is paused"],
    ]);
  });

  it("says that no proxy is there, or which one refuses", () => {
    const web = endpoint("web", "ready");
    assert.deepEqual(rowsOf(new View().look([web])), [["shop_web_1", "broken", "no proxy is in the registry"]]);
    const first = [{ code: "port-owned", key: web.key, reason: "shop_web_1: port 8080 belongs to project blog" }];
    const refusing = proxy({ rejections: { count: 1, first } });
    assert.deepEqual(rowsOf(new View().look([web, refusing])), [
      ["shop_web_1", "broken", "port 8080 belongs to project blog"],
    ]);
  });

  it("tells once what several proxies refuse in the same words, without the name beside it", () => {
    const web = endpoint("web", "ready");
    const refused = (reason: string) => [{ code: "port-owned", key: web.key, reason }];
    const rejectionsOf = (count: number) =>
      Array.from({ length: count }, (_, at) => {
        const first = refused(`shop_web_1: port 8080 is project ${at === 0 ? "blog" : "mail"}'s`);
        return stored(`proxies/n1/lb-${at}`, proxyRecord({ vantage, rejections: { count: 1, first } }));
      });
    const told = (proxies: number) => {
      const { rejections } = new View().look([web, ...rejectionsOf(proxies)]);
      return [...rejections.values()].map(({ by, what, reason }) => [by, what, reason]);
    };
    assert.deepEqual(told(3), [
      ["proxy n1/lb-0", "shop_web_1", "port 8080 is project blog's"],
      ["proxy n1/lb-1, n1/lb-2", "shop_web_1", "port 8080 is project mail's"],
    ]);
    assert.deepEqual(told(9)[1], ["8 proxies", "shop_web_1", "port 8080 is project mail's"]);
    const { rejections } = new View().look([web, ...rejectionsOf(9)]);
    const found = [...rejections.values()].filter(finder("n1/lb-7"));
    assert.deepEqual(
      found.map(({ by }) => by),
      ["8 proxies"],
    );
  });

  it("has nothing in it that acts on who reads it", () => {
    const [row] = new View().look([refusal]).containers.values();
    assert.equal(row?.service, "\\u{202e}<b>");
  });

  it("keeps the rows of what did not change, and tables without a change", () => {
    const view = new View();
    const [web, api, at] = [endpoint("web", "ready"), endpoint("api", "ready"), proxy()];
    const before = view.look([web, api, at]);
    const told = view.look([web, api, proxy({ appliedRevision: "8" })]);
    assert.equal(told.containers, before.containers);
    assert.notEqual(told.proxies, before.proxies);
    const now = view.look([web, endpoint("api", "draining"), at]);
    const changed = [...now.containers].filter(([id, row]) => before.containers.get(id) !== row);
    assert.deepEqual(
      changed.map(([, { name }]) => name),
      ["shop_api_1"],
    );
    assert.equal(now.ports, before.ports);
  });

  it("makes everything that is shown of the changes that are sent", () => {
    const view = new View();
    const many = Array.from({ length: 1200 }, (_, at) => endpoint(`web-${at}`, "ready", 7000 + at));
    const looks = [
      view.look([...many, proxy(), refusal]),
      view.look([...many.slice(3), endpoint("web-5", "draining", 7005), proxy({ lastError: "oh" })]),
      view.look([]),
    ];
    let [sent, shown] = [noTables, noTables];
    for (const now of looks) {
      const changes = changesBetween(sent, now);
      assert.ok(changes.every(({ set }) => set.length <= 500));
      shown = changes.reduce(withChange, shown);
      sent = now;
      for (const table of ["containers", "ports", "nodes", "proxies", "rejections"] as const) {
        assert.deepEqual([...shown[table].keys()].toSorted(), [...now[table].keys()].toSorted());
        assert.ok([...shown[table].values()].every((row) => now[table].get(row.id) === row));
      }
    }
    assert.deepEqual(changesBetween(sent, sent), []);
  });
});
