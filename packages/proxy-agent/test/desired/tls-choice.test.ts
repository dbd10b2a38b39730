import assert from "node:assert/strict";
import { countDefaultCertificates, ownLine } from "@fairway/haproxy";
import type { DesiredState } from "../../src/desired/desired-state.ts";
import { writeLines } from "../../src/desired/lines-snapshot.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import fc from "fast-check";
import { decide, desiredStateOf, facts } from "../facts.ts";
import { given, published } from "../given.ts";

describe("a port that is asked for in plain and with TLS", () => {
  const container = (name: string, createdAt: string, ssl: boolean) => ({
    container: name,
    createdAt,
    listen: [{ port: 6379, ssl }],
  });

  for (const [title, older, newer] of [
    ["plain when the oldest container asks for that", false, true],
    ["TLS when the oldest container asks for that", true, false],
  ] as const) {
    it(`is ${title}, whatever the names`, () => {
      for (const [first, second] of [
        ["aaa", "bbb"],
        ["bbb", "aaa"],
      ] as const) {
        const { listeners, rejections } = decide(
          given()
            .service("shop", "db")
            .endpoint(container(first, "2026-01-01T00:00:00Z", older))
            .endpoint(container(second, "2026-02-01T00:00:00Z", newer)),
          { tls: { ok: true, bind: ["ssl", "crt-list", "/list"] } },
        );
        assert.deepEqual(
          listeners.map(({ ssl, settings, servers }) => [ssl, settings.bind, servers.length]),
          [[older, older ? ["ssl", "crt-list", "/list"] : [], 1]],
        );
        assert.deepEqual(
          rejections.map(({ code, reason }) => [code, reason.startsWith(`${second}: `)]),
          [["tls-differs", true]],
        );
      }
    });
  }
});

describe("ports that are asked for in plain and with TLS", () => {
  const tls = { ok: true, bind: ["ssl", "crt-list", "/list"] } as const;
  const asked = fc.record({
    project: fc.constantFrom("blog", "shop"),
    service: fc.constantFrom("a", "b"),
    month: fc.integer({ min: 1, max: 9 }),
    ssl: fc.boolean(),
  });

  /** Containers, and another order of them. */
  const heard = fc
    .array(asked, { minLength: 1, maxLength: 6 })
    .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all.keys()], { minLength: all.length })));

  it("are decided the same on every proxy, in whatever order it heard of the containers", () => {
    fc.assert(
      fc.property(heard, ([all, order]) => {
        const records = given().node("node-1").node("node-2", { address: "198.18.0.12" });
        for (const [nth, { project, service, month, ssl }] of all.entries()) {
          const [createdAt, addresses] = [`2026-0${month}-01T00:00:00Z`, [published("198.18.0.12", 8000 + nth)]];
          const container = { node: "node-2", container: `c${nth}`, listen: [{ port: 6379, ssl }] };
          records.service(project, service).endpoint({ ...container, createdAt, addresses });
        }
        const isEndpoint = ({ key }: { key: string }) => key.startsWith("endpoints/");
        const endpoints = records.stored.filter(isEndpoint);
        const others = records.stored.filter((each) => !isEndpoint(each));
        const decideAt = (node: string, indexes: readonly number[]) => {
          const cache = new RegistryCache();
          const vantage = { kind: "node", node, networks: [] } as const;
          const ownership = { ...facts.ownership, shared: [{ first: 6379, last: 6379 }] };
          const state = desiredStateOf(cache, { facts: { ...facts, vantage, ownership, tls } });
          cache.onEvent({ type: "listed", listing: { revision: 1n, stored: others } }, 0);
          state.take();
          for (const stored of indexes.flatMap((index) => endpoints[index] ?? [])) {
            cache.onEvent({ type: "changed", revision: 2n, changes: [{ type: "put", stored }] }, 0);
            state.take();
          }
          const [listener] = state.take()?.desired.listeners ?? [];
          const refused = state.rejections().filter(({ code }) => code === "tls-differs");
          return [listener?.ssl, listener?.servers.map(({ endpoint }) => endpoint).toSorted(), refused];
        };
        const [one, other] = [decideAt("node-1", [...all.keys()]), decideAt("node-3", order)];
        assert.equal(typeof one[0], "boolean");
        assert.deepEqual(other, one);
      }),
    );
  });

  it("tell nobody of a refusal that does not hold, as nobody has asked before", () => {
    const told: unknown[] = [];
    const cache = new RegistryCache();
    cache.onEvent(
      given()
        .service("shop", "db")
        .endpoint({ listen: [{ port: 6379, ssl: true }] })
        .listed(),
      0,
    );
    const log = { warn: (rejection: unknown) => told.push(rejection) };
    assert.equal(desiredStateOf(cache, { facts: { ...facts, tls }, log }).take()?.desired.listeners.length, 1);
    assert.deepEqual(told, []);
  });
});

describe("an empty listener that an earlier agent kept", () => {
  const kept = {
    port: 6379,
    ssl: true,
    services: ["shop/db"],
    settings: { addresses: ["0.0.0.0"], bind: ["ssl", "ca-file", "/gone.pem"] },
    servers: [] as [],
  };

  for (const [title, tls, binds] of [
    [
      "is bound as the settings of now say",
      { ok: true, bind: ["ssl", "crt-list", "/list"] },
      [["ssl", "crt-list", "/list"]],
    ],
    ["is not opened when it needs a certificate and there is none", { ok: false, reason: "none" }, []],
  ] as const) {
    it(title, () => {
      const cache = new RegistryCache();
      cache.onEvent(given().listed(), 0);
      const state = desiredStateOf(cache, {
        facts: { ...facts, tls },
        empty: [{ emptySince: 999_999, listener: kept }],
      });
      assert.deepEqual(
        state.take()?.desired.listeners.map(({ settings }) => settings.bind),
        binds,
      );
    });
  }

  const namesIn = (state: DesiredState) =>
    state.take()?.desired.listeners.map(({ settings: { lines = [] } }) => {
      return lines.flatMap(({ text }) => [...text.matchAll(/-f (\S+)/g)].map(([, file]) => file));
    });
  const own = countDefaultCertificates(["/ports/port-6379/names", "/names"]);
  const lines = [ownLine("timeout client 10s"), ...own];
  const before = { ...kept, settings: { ...kept.settings, lines: writeLines(lines) } };
  const empty = [{ emptySince: 999_999, listener: before }];

  it("names no file of the certificates that its labels had", () => {
    const cache = new RegistryCache();
    cache.onEvent(given().listed(), 0);
    const tls = { ok: true, bind: ["ssl", "crt-list", "/list"], names: "/names" } as const;
    const state = desiredStateOf(cache, { facts: { ...facts, tls }, empty });
    assert.deepEqual(namesIn(state), [["/names", "/names"]]);
    const [listener] = state.take()?.desired.listeners ?? [];
    assert.equal(listener?.settings.lines?.[0]?.text, "timeout client 10s");
    assert.equal(listener?.settings.lines?.length, lines.length);
    const strict = desiredStateOf(cache, { facts: { ...facts, tls: { ok: true, bind: tls.bind } }, empty });
    assert.deepEqual(namesIn(strict), [[]]);
  });

  it("names the files of now, also when they change while it is empty", () => {
    const cache = new RegistryCache();
    cache.onEvent(given().listed(), 0);
    const tls = { ok: true, bind: ["ssl", "ca-file", "/former.pem"] } as const;
    const state = desiredStateOf(cache, { facts: { ...facts, tls }, empty });
    const bindOf = () => state.take()?.desired.listeners.map(({ settings }) => settings.bind.join(" "));
    assert.deepEqual(bindOf(), ["ssl ca-file /former.pem"]);
    const listener = state.take()?.desired.listeners[0];
    cache.onEvent(given(50n).node("node-9").changed(), 0);
    assert.equal(state.take()?.desired.listeners[0], listener);
    state.setTls({ tls: { ok: true, bind: ["ssl", "ca-file", "/now.pem"] } });
    assert.deepEqual(bindOf(), ["ssl ca-file /now.pem"]);
    state.setTls({ tls: { ok: false, reason: "none" } });
    assert.deepEqual(bindOf(), []);
  });
});
