import assert from "node:assert/strict";
import {
  encode,
  hint,
  hintLabel,
  proxyKey,
  refuseLabel,
  rejectionsKey,
  type ProxyRecord,
  type RejectionsRecord,
} from "@fairway/contract";
import { explain } from "../../src/status/explain.ts";
import { knownOf } from "../../src/status/known-containers.ts";
import { bridge, given, proxyRecord, published, type Given } from "../given.ts";

const elsewhere: ProxyRecord["vantage"] = { kind: "node", node: "node-2", networks: [] };
const refusals = (name: string): RejectionsRecord => ({
  v: 1,
  project: "shop",
  service: "db",
  container: { id: "f".repeat(64), name, image: "redis" },
  rejections: [refuseLabel({ code: "not-a-port", label: "aliyun.proxy.TCP_PORTS", value: "abc", reason: "no port" })],
});

const one = () => given().service("shop", "db").node("node-1").endpoint({ container: "one" });
const withProxies = (records: Given, proxies: Readonly<Record<string, Partial<ProxyRecord>>>) =>
  Object.entries(proxies).reduce(
    (all, [node, changes]) => all.put(proxyKey(node, "proxy"), encode(proxyRecord(changes))),
    records,
  );
const said = (asked: string | undefined, records: Given) => explain(asked, knownOf(records.stored));

describe("why a container is routed or not", () => {
  for (const [title, port, image, isHinted] of [
    ["hints at max_connect_errors for MySQL's port", 3306, "app:1", true],
    ["hints at it for an image of MariaDB", 13306, "registry.example.com:5000/library/mariadb:10.11", true],
    ["hints at it for an image of MySQL without a tag", 13306, "mysql", true],
    ["says nothing of it for an image that is only called alike", 13306, "mysqld-exporter", false],
    ["says nothing of it for anything else", 6379, "redis:alpine", false],
  ] as const) {
    it(title, () => {
      const records = given().service("shop", "db").endpoint({ container: "one", port, image });
      const { lines } = said("one", withProxies(records, {}));
      assert.equal(
        lines.some((line) => line.includes("--max-connect-errors=1000000")),
        isHinted,
      );
    });
  }

  for (const [settings, isHinted] of [
    [{ PROXY: "v2" }, true],
    [{ "PROXY.6379": "v1" }, true],
    [{ PROXY: "none" }, false],
    [{ EXTRA_ROUTE_SETTINGS: "send-proxy" }, true],
    [{ WEIGHT: "5" }, false],
  ] as const) {
    it(`${isHinted ? "says" : "does not say"} of ${JSON.stringify(settings)} that nothing tells whether PROXY is read`, () => {
      const { lines } = said(
        "one",
        withProxies(given().service("shop", "db").endpoint({ container: "one", settings }), {}),
      );
      const hint = "nothing can tell whether it reads that: its check sees only that it accepts connections";
      assert.equal(
        lines.some((line) => line.includes(hint)),
        isHinted,
      );
    });
  }

  it("tells the settings that its labels give it, and what of them a proxy has otherwise: it is served all the same", () => {
    const records = given()
      .service("shop", "db")
      .endpoint({ container: "one", settings: { BALANCE: "source" } });
    const first = [{ code: "setting-differs", key: "endpoints/shop/db/", reason: "one: BALANCE asks for another" }];
    const { lines } = said("one", withProxies(records, { "node-1": { rejections: { count: 1, first } } }));
    assert.equal(lines[2], '    its labels set BALANCE "source"');
    assert.match(lines[3] ?? "", /yes, at .*; one: BALANCE asks for another$/);
  });

  it("says of limits whose they are and what they do not count, and where many clients are one source", () => {
    const limited = () =>
      given()
        .service("shop", "db")
        .endpoint({ container: "one", settings: { RATE: "20/s per source" } })
        .operator("shop", "db", { CONNECTIONS: "9" });
    const inContainer = {
      kind: "container" as const,
      node: "node-1",
      networks: [{ id: "b".repeat(64), name: "bridge", scope: "local" as const }],
    };
    const { lines } = said("one", withProxies(limited(), { "node-1": {}, "node-9": { vantage: inContainer } }));
    const hint =
      "    hint: each proxy counts RATE and CONNECTIONS by itself; CONNECTIONS does not count those that are older than a proxy's last reload";
    assert.equal(lines[4], hint);
    assert.ok(!lines[5]?.includes("one source"), lines[5]);
    assert.match(lines[6] ?? "", /; who comes through docker-proxy or its bridge is one source to RATE, CONNECTIONS$/);
  });

  it("names the file of a password for a service that is checked by role, and for no other", () => {
    const linesOf = (settings: Readonly<Record<string, string>>) =>
      said("one", given().service("shop", "db").endpoint({ container: "one", settings })).lines.join("\n");
    const needed = /its check has it from shop\/db in a proxy's CHECK_SECRETS; without that file none is sent/;
    assert.match(linesOf({ CHECK: "redis-primary" }), needed);
    assert.match(linesOf({ "CHECK.6380": "postgres-replica" }), needed);
    assert.doesNotMatch(linesOf({ CHECK: "redis" }), needed);
  });

  it("tells what an operator sets for its service", () => {
    const records = one().operator("shop", "db", { balance: "leastconn", MAXCONN: "9" });
    const { lines } = said("one", withProxies(records, {}));
    const set = '    the operator sets BALANCE "leastconn", MAXCONN "9" (settings/shop/db), whatever its labels say';
    assert.equal(lines[2], set);
  });

  const rows: readonly (readonly [string, Partial<ProxyRecord>, RegExp])[] = [
    ["where it is served, and by which way", {}, /yes, at 172\.17\.0\.2:6379: network "bridge" of this node$/],
    ["a scope that leaves it out", { scope: ["endpoints/other/"] }, /no: outside of its scope \(endpoints\/other\/\)/],
    ["what cannot be reached", { vantage: elsewhere }, /no: it cannot be reached from node node-2: publish .* 6379/],
    [
      "a port that is taken there",
      { rejections: { count: 1, first: [{ code: "port-taken", key: "port_6379", reason: "held by redis (pid 7)" }] } },
      /no: held by redis \(pid 7\)$/,
    ],
    ["that the proxy is in trouble", { lastError: "disk full" }, /yes, .*; but it reports: disk full$/],
    ["that the proxy refuses more than its record has", { rejections: { count: 11, first: [] } }, /see its \/status$/],
  ];
  for (const [title, changes, expected] of rows) {
    it(`tells ${title}`, () => {
      const { lines } = said("one", withProxies(one(), { "node-1": changes }));
      assert.match(lines.at(-1) ?? "", expected);
    });
  }

  it("tells that a port which accepts nothing is served only while its check passes", () => {
    const hinted = {
      ...refusals("one"),
      rejections: [hint({ code: "port-not-accepting", value: "6379", reason: "silent" })],
    };
    const id = knownOf(one().stored).endpoints[0]?.at.container12 ?? "";
    const records = withProxies(one().put(rejectionsKey("node-1", id), encode(hinted)), { "node-1": {} });
    assert.match(
      said("one", records).lines.at(-1) ?? "",
      /only while HAProxy's check of it passes, at 172\.17\.0\.2:6379/,
    );
  });

  it("lists every proxy, aligned", () => {
    const { lines } = said("one", withProxies(one(), { "node-1": {}, "a-longer-name": { vantage: elsewhere } }));
    assert.deepEqual(
      lines.slice(-2).map((line) => line.slice(0, 29)),
      ["    node-1/proxy         yes,", "    a-longer-name/proxy  no: "].map((line) => line.slice(0, 29)),
    );
  });

  it("says what its registrar refuses, and that nothing else is offered", () => {
    const records = given().put(rejectionsKey("node-1", "f".repeat(12)), encode(refusals("two")));
    assert.deepEqual(said("two", records), {
      isKnown: true,
      routed: "nowhere",
      lines: [
        `two (${"f".repeat(12)}) on node node-1: project shop, service db`,
        '  refused  aliyun.proxy.TCP_PORTS "abc": no port',
        "  no port of it is offered to proxies",
      ],
    });
  });

  it("tells the length of a value that the record does not tell", () => {
    const token = hintLabel({ code: "label-unknown", label: "aliyun.proxy.TOKEN", value: "s3cret", reason: "odd" });
    const record: RejectionsRecord = { ...refusals("two"), rejections: [token] };
    const { lines } = said("two", given().put(rejectionsKey("node-1", "f".repeat(12)), encode(record)));
    assert.equal(lines[1], "  hint     aliyun.proxy.TOKEN (6 characters): odd");
  });

  it("finds a container by name, by the beginning of its id, by service and by project:service", () => {
    const records = withProxies(one(), { "node-1": {} });
    const id = knownOf(records.stored).endpoints[0]?.at.container12 ?? "";
    for (const asked of ["one", id, id.slice(0, 6), "db", "shop:db", "shop/db", "6379"])
      assert.ok(said(asked, records).isKnown, asked);
    for (const asked of ["on", id.slice(0, 3), "shop"]) assert.ok(!said(asked, records).isKnown, asked);
  });

  it("says of a port that no label asks for it", () => {
    const { isKnown, lines } = said("6380", one());
    const line =
      'no registrar tells of "6380": no label of a container that runs asks a proxy for this port. Registrars: node-1';
    assert.deepEqual([isKnown, lines], [false, [line]]);
  });

  it("says who would know when nobody does", () => {
    const { isKnown, lines } = said("nobody", one().node("node-2", { synced: false }));
    assert.equal(isKnown, false);
    assert.match(lines.join(" "), /no registrar tells of "nobody".* Registrars: node-1, node-2 \(not in step yet\)$/);
  });

  for (const [state, expected] of [
    ["starting", /^ {2}port 6379: starting, takes no traffic until/],
    ["unhealthy", /^ {2}port 6379: unhealthy, takes no new connections: its HEALTHCHECK fails/],
    ["draining", /^ {2}port 6379: draining, takes no new connections: it was told to stop/],
  ] as const) {
    it(`says why one that is ${state} is given no connections`, () => {
      const records = given().service("shop", "db").endpoint({ container: "slow", state });
      assert.match(said("slow", records).lines[1] ?? "", expected);
    });
  }

  it("without a name tells of all containers of which something is refused, and of no other", () => {
    const records = withProxies(one(), { "node-1": {} });
    assert.deepEqual(said(undefined, records).lines, ["nothing is refused"]);
    records.put(rejectionsKey("node-1", "f".repeat(12)), encode(refusals("two")));
    assert.deepEqual(
      said(undefined, records).lines.filter((line) => !line.startsWith(" ")),
      [`two (${"f".repeat(12)}) on node node-1: project shop, service db`],
    );
  });

  it("without a name tells also of what only a proxy refuses, and when it cannot know", () => {
    const first = [{ code: "port-taken", key: "port_6379", reason: "taken" }];
    const taken = withProxies(one(), { "node-1": { rejections: { count: 1, first } } });
    assert.match(said(undefined, taken).lines[0] ?? "", /^one /);
    const more = withProxies(one(), { "node-1": { rejections: { count: 11, first: [] } } });
    assert.match(said(undefined, more).lines.join(), /node-1\/proxy refuses more than its record tells/);
  });

  it("shows no control character of a stranger's text, and skips records that cannot be read", () => {
    const records = given()
      .service("a\u001b[31m", "b")
      .endpoint({ container: "x\ny", addresses: [bridge("172.17.0.9"), published("198.18.0.1", 7)] })
      .put(proxyKey("node-1", "bad"), "{");
    const { lines } = said("b", records);
    assert.ok(lines.length > 1 && lines.every((line) => !/\p{Cc}/u.test(line)), lines.join("|"));
  });
});
