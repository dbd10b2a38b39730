import assert from "node:assert/strict";
import { bridge, given, keyOf, published } from "../given.ts";
import { decide, facts } from "../facts.ts";

const db = { project: "shop", service: "db" };

describe("desired listeners", () => {
  it("puts several services on one port into one listener", () => {
    const { listeners } = decide(
      given()
        .service("shop", "redis-master")
        .endpoint({ container: "a", addresses: [bridge("172.17.0.2")] })
        .service("shop", "redis-slave")
        .endpoint({ container: "b", addresses: [bridge("172.17.0.3")] }),
    );
    assert.deepEqual(
      listeners.map(({ port, services, servers }) => [port, services, servers.map(({ ip }) => ip).sort()]),
      [[6379, ["shop/redis-master", "shop/redis-slave"], ["172.17.0.2", "172.17.0.3"]]],
    );
  });

  it("keeps servers of the same service and container name on two nodes apart", () => {
    const [listener] = decide(
      given()
        .service("shop", "db")
        .endpoint({ node: "node-1" })
        .endpoint({ node: "node-2", addresses: [published("198.18.0.12", 32768)] }),
    ).listeners;
    assert.equal(new Set(listener?.servers.map(({ name }) => name)).size, 2);
  });

  for (const [state, admin] of [
    ["ready", "ready"],
    ["unhealthy", "drain"],
    ["draining", "drain"],
    ["starting", undefined],
  ] as const) {
    it(`${admin ? `holds a server in ${admin}` : "opens the listener without a server"} while the endpoint is ${state}`, () => {
      const [listener] = decide(given().service("shop", "db").endpoint({ state })).listeners;
      assert.ok(listener);
      assert.deepEqual(
        listener.servers.map((server) => server.admin),
        admin ? [admin] : [],
      );
    });
  }

  it("gives one address and port one server, that of the older claim, and tells the other", () => {
    const { listeners, rejections } = decide(
      given().service("older", "db").endpoint({ container: "a" }).service("newer", "db").endpoint({ container: "b" }),
      { ownership: { ...facts.ownership, shared: [{ first: 6379, last: 6379 }] } },
    );
    const [older, newer] = ["older", "newer"].map((project, index) => {
      return keyOf({ project, service: "db" }, { container: index === 0 ? "a" : "b" });
    });
    assert.deepEqual(
      listeners[0]?.servers.map(({ endpoint }) => endpoint),
      [older],
    );
    assert.deepEqual(rejections, [
      { code: "address-taken", key: newer, reason: `b: 172.17.0.2:6379 is already served for ${older}` },
    ]);
  });

  it("tells both of two nodes that offer one address", () => {
    const addresses = [published("10.0.2.15", 7000)];
    const records = given().node("node-2", { address: "10.0.2.15" }).node("node-3", { address: "10.0.2.15" });
    for (const node of ["node-2", "node-3"])
      records.service("shop", node).endpoint({ node, container: node, addresses });
    const [two = "", three = ""] = ["node-2", "node-3"].map((node) => {
      return keyOf({ project: "shop", service: node }, { node, container: node });
    });
    const more = "give each node its own NODE_ADDRESS";
    assert.deepEqual(decide(records).rejections, [
      {
        code: "address-shared",
        key: two,
        reason: `node-2: served at 10.0.2.15:7000 of node node-2, but node node-3 offers that address too, for ${three}: ${more}`,
      },
      { code: "address-taken", key: three, reason: `node-3: 10.0.2.15:7000 is already served for ${two}` },
    ]);
  });

  for (const [title, listen, changed, code] of [
    ["the proxy's own port", [{ port: 1936, ssl: false }], {}, "port-reserved"],
    [
      "a port outside LISTEN_PORTS",
      [{ port: 80, ssl: false }],
      { allowed: [{ first: 6000, last: 7000 }] },
      "port-not-allowed",
    ],
    ["a /ssl port without a certificate", [{ port: 6379, ssl: true }], {}, "no-certificate"],
  ] as const) {
    it(`refuses ${title} with a reason that names the container`, () => {
      const ports = {
        allowed: [{ first: 1, last: 65535 }],
        reserved: [{ port: 1936, whose: "this proxy's own STATS_PORT" }],
        ...changed,
      };
      const { listeners, rejections } = decide(
        given()
          .service("shop", "db")
          .endpoint({ container: "web", listen: [...listen] }),
        { ports },
      );
      assert.deepEqual(listeners, []);
      assert.deepEqual(
        rejections.map((rejection) => [rejection.code, rejection.key, rejection.reason.startsWith("web: ")]),
        [[code, keyOf(db, { container: "web" }), true]],
      );
    });
  }

  it("refuses what leads back to itself", () => {
    const records = given()
      .service("shop", "db")
      .endpoint({ addresses: [published("198.18.0.11", 6379)] });
    assert.deepEqual(
      decide(records).rejections.map(({ code }) => code),
      ["loop"],
    );
  });

  it("tells what cannot be reached and opens no listener for it", () => {
    const { listeners, rejections } = decide(given().service("shop", "db").endpoint({ node: "node-2" }));
    assert.deepEqual(listeners, []);
    assert.equal(rejections[0]?.code, "unreachable");
  });

  it("names servers so that the same name is the same line", () => {
    const one = given().service("shop", "db").endpoint();
    const name = (checkOptions: readonly string[]) => decide(one, { checkOptions }).listeners[0]?.servers[0]?.name;
    assert.match(name(["check"]) ?? "", /^db\.node-1\.[0-9a-f]{12}\.6379\.[0-9a-f]{12}$/);
    assert.equal(name(["check"]), name(["check"]));
    assert.notEqual(name(["check"]), name(["check", "inter", "500"]));
  });

  for (const [title, checkPorts, words, codes] of [
    ["at the port of the node where that is published", { 8080: 32_769 }, "check port 32769", []],
    ["at its own port where that is not published, and says so", undefined, "check", ["setting-not-valid"]],
  ] as const) {
    it(`checks a server that it reaches by a published port ${title}`, () => {
      const at = { ...published("198.18.0.12", 32_768), ...(checkPorts && { checkPorts }) };
      const settings = { HEALTH_CHECK: "check port 8080" };
      const records = given().service("shop", "db").node("node-2", { address: "198.18.0.12" });
      const { listeners, rejections } = decide(records.endpoint({ node: "node-2", addresses: [at], settings }));
      assert.equal(listeners[0]?.servers[0]?.options.join(" "), words);
      assert.deepEqual(
        rejections.map(({ code }) => code),
        codes,
      );
    });
  }

  for (const [settings, words, problems] of [
    [{}, "check weight 7", []],
    [{ WEIGHT: "50" }, "check weight 7 weight 50", []],
    [{ MAXCONN: "9", FAILOVER: "true" }, "check weight 7 maxconn 9 backup", []],
    [{ HEALTH_CHECK: "" }, "weight 7", []],
    [{ PROXY: "v2" }, "check weight 7 send-proxy-v2 check-send-proxy", []],
    [{ PROXY: "v1", EXTRA_ROUTE_SETTINGS: "weight 3" }, "check weight 7 weight 3 send-proxy check-send-proxy", []],
    [{ "probe.url": "tcp://container:6379", HEALTH_CHECK: "" }, "check inter 2s rise 2 fall 3 weight 7", []],
    [{ SLOW_START: "9s", DRAIN: "soon" }, "check weight 7", ["setting-not-valid"]],
    [{ HEALTH_CHECK: "check inter 5s" }, "check inter 5s weight 7", []],
    [{ EXTRA_ROUTE_SETTINGS: "send-proxy" }, "check weight 7 send-proxy", []],
    [{ EXTRA_ROUTE_SETTINGS: "check\n    http-request lua.x", LATER: "x" }, "check weight 7", ["setting-not-valid"]],
    [{ WEIGHT: "5 source 203.0.113.1" }, "check weight 7", ["setting-not-valid"]],
  ] as const) {
    it(`gives a server ${JSON.stringify(settings)} of its record: ${words}`, () => {
      const { listeners, rejections } = decide(given().service("shop", "db").endpoint({ settings }), {
        serverOptions: ["weight", "7"],
      });
      assert.equal(listeners[0]?.servers[0]?.options.join(" "), words);
      assert.deepEqual(
        rejections.map(({ code, severity }) => [code, severity]),
        problems.map((code) => [code, "hint"]),
      );
    });
  }
});
