import assert from "node:assert/strict";
import { admissionLines } from "../src/admission.ts";
import type { ListenerList } from "../src/configuration.ts";

const from = { services: [], settings: [] };
const deny: ListenerList = { kind: "deny", networks: ["192.0.2.1"], from };
const rate: ListenerList = { kind: "rate", most: 5, per: "1s", from };
const acceptProxy: ListenerList = { kind: "accept-proxy", networks: ["192.0.2.2"], from };

describe("the rules of who may connect", () => {
  for (const [title, { lists = [deny, rate], bind = [], template = "" }, expected] of [
    ["stand before a TLS handshake", { bind: ["ssl", "crt-list", "/list"] }, "connection"],
    [
      "stand behind the header that ACCEPT_PROXY awaits where a bind line awaits it of all",
      { lists: [deny, acceptProxy], bind: ["accept-proxy"] },
      "session",
    ],
    ["stand behind the header that a bind line awaits", { bind: ["ssl", "accept-proxy"] }, "session"],
    ["stand behind the header of a NetScaler", { bind: ["accept-netscaler-cip 3"] }, "session"],
    ["stand behind the header that a template awaits", { template: "{{{.}}} accept-proxy" }, "session"],
  ] as const) {
    it(title, () => {
      const settings = { addresses: ["::"], bind, lists };
      const lines = admissionLines({ port: 80, settings }, { fileOf: (kind) => `/${kind}`, template });
      const texts = lines.map(({ text }) => text).filter((text) => !text.includes("expect-proxy"));
      assert.deepEqual([...new Set(texts.map((text) => text.split(" ", 2).join(" ")))], [`tcp-request ${expected}`]);
    });
  }

  it("stand before a TLS handshake for all but those whose header ACCEPT_PROXY awaits", () => {
    const settings = { addresses: ["::"], bind: ["ssl"], lists: [deny, acceptProxy] };
    const lines = admissionLines({ port: 80, settings }, { fileOf: (kind) => `/${kind}`, template: "" });
    const judging = lines.map(({ text }) => text).filter((text) => text.includes("80.deny") || text.includes("told"));
    assert.deepEqual(judging, [
      "tcp-request connection set-var(sess.told) bool(true) if { src -f /accept-proxy }",
      "tcp-request connection set-var(sess.refused) str(80.deny) if !{ var(sess.told) -m found } !{ var(sess.refused) -m found } { src -f /deny }",
      "tcp-request session set-var(sess.refused) str(80.deny) if { var(sess.told) -m found } !{ var(sess.refused) -m found } { src -f /deny }",
    ]);
  });
});
