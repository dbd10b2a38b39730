import assert from "node:assert/strict";
import { settingsKey } from "@fairway/contract";
import { cacheSnapshotSchema } from "../../src/registry/cache-snapshot.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import { desiredStateOf, facts } from "../facts.ts";
import { bridge, deleted, given, type EndpointFacts, type Given } from "../given.ts";

const key = settingsKey({ project: "shop", service: "web" });

/** Two services on one port, whose labels say otherwise: `api` comes first. */
function records(): Given {
  const of = (container: string, last: number, settings: NonNullable<EndpointFacts["settings"]>): EndpointFacts => {
    return { container, addresses: [bridge(`172.17.0.${last}`)], settings };
  };
  return given()
    .service("shop", "api")
    .endpoint(of("a", 2, { BALANCE: "leastconn" }))
    .service("shop", "web")
    .endpoint(of("b", 3, { BALANCE: "source", WEIGHT: "9" }));
}

function open(listed: Given, cache = new RegistryCache()) {
  cache.onEvent(listed.listed(), 0);
  const state = desiredStateOf(cache, { facts });
  const look = () => {
    const [listener] = state.take()?.desired.listeners ?? [];
    const lines = (listener?.settings.lines ?? []).map(({ text, from }) => `${text} by ${from.settings.join()}`);
    const words = (listener?.servers ?? []).map(({ options }) => options.join(" "));
    return { lines, words, told: state.rejections().map(({ code, reason }) => `${code}: ${reason}`) };
  };
  return { cache, look };
}

describe("what an operator sets for a service", () => {
  const byLabels = { lines: ["balance leastconn by BALANCE"], words: ["check", "check weight 9"] };

  it("is stronger than every label on that port, at once, and goes with its key", () => {
    const { cache, look } = open(records());
    const { lines, words } = look();
    assert.deepEqual({ lines, words }, byLabels);
    const put = given(cache.revision).operator("shop", "web", { balance: "first", WEIGHT: "5", TIMEOUT: "client 1h" });
    cache.onEvent(put.changed(), 0);
    const set = look();
    assert.deepEqual(set.lines, [
      "balance first by BALANCE of settings/shop/web",
      "timeout client 1h by TIMEOUT of settings/shop/web",
    ]);
    assert.deepEqual(set.words, ["check", "check weight 5"]);
    assert.deepEqual(set.told, [
      'setting-differs: a: BALANCE asks for "balance leastconn" on port 6379, which has "balance first": so the operator set it in settings/shop/web',
    ]);
    cache.onEvent(deleted(cache.revision + 1n, key), 0);
    assert.deepEqual({ lines: look().lines, words: look().words }, byLabels);
  });

  it("takes the place of a probe as well, whose page is then not asked for", () => {
    const probed = { "probe.url": "http://container:8080/up" };
    const listed = given()
      .service("shop", "web")
      .endpoint({ container: "a", addresses: [bridge("172.17.0.2")], settings: probed });
    const { cache, look } = open(listed);
    const asProbed = look();
    assert.deepEqual(asProbed.lines, ["option httpchk GET /up by probe.url"]);
    assert.deepEqual(asProbed.words, ["check port 8080 inter 2s rise 2 fall 3"]);
    cache.onEvent(given(cache.revision).operator("shop", "web", { HEALTH_CHECK: "check inter 9s" }).changed(), 0);
    const set = look();
    assert.deepEqual([set.lines, set.words], [[], ["check inter 9s"]]);
  });

  it("goes as well when a list of the registry does not have it any more", () => {
    const { cache, look } = open(records().operator("shop", "web", { BALANCE: "first" }));
    assert.deepEqual(look().lines, ["balance first by BALANCE of settings/shop/web"]);
    const again = records();
    again.put("nodes/other", "{}").put("nodes/other", "{}");
    cache.onEvent(again.listed(), 0);
    assert.deepEqual(look().lines, byLabels.lines);
  });

  it("holds over a restart of the agent, while the registry is away", () => {
    const { cache } = open(records().operator("shop", "web", { BALANCE: "first" }));
    const snapshot = cacheSnapshotSchema.parse(JSON.parse(JSON.stringify(cache.snapshot())));
    const state = desiredStateOf(new RegistryCache({ snapshot }));
    const [listener] = state.take()?.desired.listeners ?? [];
    assert.deepEqual(
      listener?.settings.lines?.map(({ text }) => text),
      ["balance first"],
    );
  });

  it("is read by the table of labels: what it does not let through is told, and the rest holds", () => {
    const { cache, look } = open(records().operator("shop", "web", { BALANCE: "first", BIND: "x", WEIGHT: "0" }));
    assert.deepEqual(look().lines, ["balance first by BALANCE of settings/shop/web"]);
    assert.deepEqual(look().words, ["check", "check weight 9"]);
    const { code, reason = "" } = cache.unreadable.get(key) ?? {};
    assert.equal(code, "setting-not-valid");
    assert.match(
      reason,
      /^the operator's settings of the service: BIND: it is none of the settings .*; WEIGHT: it has/,
    );
  });

  it("that cannot be read changes nothing", () => {
    const { cache, look } = open(records().operator("shop", "web", { BALANCE: "first" }));
    cache.onEvent(given(cache.revision).put(key, '{"v":1,"settings":').changed(), 0);
    assert.deepEqual(look().lines, ["balance first by BALANCE of settings/shop/web"]);
    assert.equal(cache.unreadable.get(key)?.code, "record-not-json");
  });

  for (const trust of ["listed", "all"] as const) {
    it(`goes by the list of words unless labels need not: with TRUSTED_LABELS=${trust}`, () => {
      const words = {
        EXTRA_SETTINGS: "tcp-request inspect-delay 2s",
        EXTRA_ROUTE_SETTINGS: "agent-check agent-port 9",
      };
      const cache = new RegistryCache({ trust });
      cache.onEvent(records().operator("shop", "web", words).listed(), 0);
      const [listener] = desiredStateOf(cache, { facts: { ...facts, trust } }).take()?.desired.listeners ?? [];
      const hasLine = listener?.settings.lines?.some(({ text }) => text === "tcp-request inspect-delay 2s") ?? false;
      const hasWords = listener?.servers.some(({ options }) => options.includes("agent-check")) ?? false;
      assert.deepEqual([hasLine, hasWords], [trust === "all", trust === "all"]);
      assert.equal(cache.unreadable.has(key), trust === "listed");
    });
  }

  it("may hold behind one port alone, as a label's may", () => {
    const listen = [6379, 6380].map((port) => ({ port, ssl: false }));
    const settings = { WEIGHT: "5", "WEIGHT.6380": "9", "DENY.6379": "192.0.2.1", "IDLE.6380": "10m" };
    const listed = given()
      .service("shop", "web")
      .endpoint({ container: "a", addresses: [bridge("172.17.0.2")], listen, settings });
    const cache = new RegistryCache();
    cache.onEvent(listed.listed(), 0);
    const state = desiredStateOf(cache, { facts });
    const look = () =>
      (state.take()?.desired.listeners ?? []).map(({ port, settings: { lines = [], lists = [] }, servers }) => ({
        port,
        lines: [...lines.map(({ text }) => text), ...lists.map(({ kind }) => kind)],
        words: servers.map(({ options }) => options.join(" ")),
      }));
    assert.deepEqual(look(), [
      { port: 6379, lines: ["deny"], words: ["check weight 5"] },
      { port: 6380, lines: ["timeout tunnel 10m"], words: ["check weight 9"] },
    ]);
    const put = given(cache.revision).operator("shop", "web", { WEIGHT: "7", "WEIGHT.6379": "3", "RATE.6379": "1/s" });
    cache.onEvent(put.changed(), 0);
    assert.deepEqual(look(), [
      { port: 6379, lines: ["deny", "rate"], words: ["check weight 3"] },
      { port: 6380, lines: ["timeout tunnel 10m"], words: ["check weight 7"] },
    ]);
  });

  it("concerns no other service", () => {
    const { look } = open(
      records().operator("shop", "we", { BALANCE: "first" }).operator("sho", "web", { WEIGHT: "7" }),
    );
    assert.deepEqual({ lines: look().lines, words: look().words }, byLabels);
  });
});
