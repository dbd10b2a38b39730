import assert from "node:assert/strict";
import { ownLine } from "@fairway/haproxy";
import { boundSilence } from "../../src/desired/first-words.ts";

describe("the lines of a TLS listener", () => {
  const rows: readonly (readonly [title: string, lines: readonly string[], expected: readonly string[]])[] = [
    [
      "give a handshake 10 s, and what is established the proxy's time",
      [],
      ["timeout client 10s", "timeout tunnel 2h"],
    ],
    [
      "take a service's time for what is established",
      ["timeout client 8h", "balance leastconn", "timeout server 9h"],
      ["balance leastconn", "timeout client 10s", "timeout tunnel 8h"],
    ],
    [
      "take that of its servers where it says no other",
      ["timeout server 9h"],
      ["timeout client 10s", "timeout tunnel 9h"],
    ],
    ["keep a time that is set for that", ["timeout tunnel 5m"], ["timeout tunnel 5m", "timeout client 10s"]],
    [
      "leave other times as they are",
      ["timeout client-fin 5s"],
      ["timeout client-fin 5s", "timeout client 10s", "timeout tunnel 2h"],
    ],
  ];
  for (const [title, lines, expected] of rows) {
    it(title, () => {
      const texts = boundSilence(lines.map(ownLine), "2h").map(({ text }) => text);
      assert.deepEqual(texts, expected);
    });
  }
});
