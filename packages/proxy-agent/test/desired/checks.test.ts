import assert from "node:assert/strict";
import { builtInTemplate, render } from "@fairway/haproxy";
import { renderOptions } from "../../src/config/line-origins.ts";
import { decide, desiredOf } from "../facts.ts";
import { bridge, given, type EndpointFacts } from "../given.ts";

const rolePace = "check inter 300ms fastinter 100ms rise 1 fall 2";

describe("the check of a listener", () => {
  let last = 1;
  const container = (name: string, settings: Readonly<Record<string, string>> = {}): EndpointFacts => {
    return { container: name, addresses: [bridge(`172.17.0.${(last += 1)}`)], settings };
  };
  const textOf = (...records: Parameters<typeof desiredOf>) =>
    render(desiredOf(...records), renderOptions(builtInTemplate())).text;

  it("holds for every server of it, and its lines stand in their order", () => {
    const records = given()
      .service("shop", "master")
      .endpoint(container("one", { CHECK: "redis-primary" }));
    records.service("shop", "slave").endpoint(container("two"));
    const [listener] = decide(records).listeners;
    assert.deepEqual(
      listener?.servers.map(({ options, startsDown }) => [options.join(" "), startsDown]),
      [
        [rolePace, true],
        [rolePace, true],
      ],
    );
    const lines = textOf(records)
      .split("\n")
      .map((line) => line.trim());
    const from = lines.indexOf("option tcp-check");
    assert.deepEqual(lines.slice(from, from + 3), [
      "option tcp-check",
      "tcp-check send-binary 524F4C450D0A",
      "tcp-check expect min-recv 14 rbinary ^2A330D0A24360D0A6D6173746572",
    ]);
  });

  it("that is another one makes other servers, which start down, and one that is none leaves them as they are", () => {
    const named = (settings: Readonly<Record<string, string>>) =>
      decide(given().service("shop", "db").endpoint({ settings })).listeners[0]?.servers[0];
    const [plain, primary, replica] = [{}, { CHECK: "redis-primary" }, { CHECK: "redis-replica" }].map(named);
    assert.equal(new Set([plain, primary, replica].map((server) => server?.name)).size, 3);
    assert.deepEqual([plain?.startsDown, primary?.startsDown, replica?.startsDown], [undefined, true, true]);
  });

  it("is told where services of one port ask for several", () => {
    const records = given()
      .service("shop", "a")
      .endpoint(container("one", { CHECK: "redis-primary" }));
    records.service("shop", "b").endpoint(container("two", { CHECK: "redis" }));
    const reasons = decide(records).rejections.map(({ code, reason }) => `${code} ${reason}`);
    const said = 'asks for "check redis" on port 6379, which has "check redis-primary": service shop/a decides there';
    assert.deepEqual(reasons, [`setting-differs two (redis:alpine): CHECK ${said}`.replace(" (redis:alpine)", "")]);
  });

  it("that is not known has that container alone refused", () => {
    const records = given()
      .service("shop", "a")
      .endpoint(container("one", { CHECK: "redis-primary" }));
    records.service("shop", "b").endpoint(container("two", { CHECK: "not valid" }));
    const { listeners, rejections } = decide(records);
    assert.equal(listeners[0]?.servers.length, 1);
    assert.deepEqual(
      rejections.map(({ code }) => code),
      ["setting-not-valid"],
    );
  });

  it("by role has connections wait as long as FAILOVER_WAIT says, in tries of 200 ms or of the TIMEOUT that is set", () => {
    const settings = { CHECK: "redis-primary" };
    const linesFor = (changed: Parameters<typeof decide>[1], more: Readonly<Record<string, string>> = {}) =>
      decide(
        given()
          .service("shop", "db")
          .endpoint({ settings: { ...settings, ...more } }),
        changed,
      )
        .listeners[0]?.settings.lines?.map(({ text }) => text)
        .filter((text) => /^(retries|timeout connect|server|option redispatch|stick)/.test(text));
    const one = ["stick-table type integer size 2 peers fairway", "stick on int(1)"];
    const waiting = "server waiting 127.255.255.254:2 backup maxconn 2000000000";
    const usual = [...one, "timeout connect 200ms", "retries 25", "option redispatch 1", waiting];
    assert.deepEqual(linesFor({}), usual);
    assert.deepEqual(linesFor({ failoverWaitMs: 0 }), one);
    const slow = {
      TIMEOUT: "connect 1s",
      EXTRA_SETTINGS: "retries 3, stick-table type ip size 1 expire 1s, stick on src",
    };
    assert.deepEqual(linesFor({}, slow), ["timeout connect 1s", ...one, "retries 5", "option redispatch 1", waiting]);
    assert.equal(linesFor({}, { CHECK: "redis-replica" })?.[0], "timeout connect 200ms");
    assert.deepEqual(linesFor({}, { CHECK: "redis" }), []);
  });
});
