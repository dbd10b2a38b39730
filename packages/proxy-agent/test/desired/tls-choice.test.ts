import assert from "node:assert/strict";
import { RegistryCache } from "../../src/registry/cache.ts";
import { decide, desiredStateOf, facts } from "../facts.ts";
import { given } from "../given.ts";

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
});
