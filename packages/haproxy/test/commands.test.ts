import assert from "node:assert/strict";
import type { Server } from "../src/configuration.ts";
import { lastingOptions, ownMaxconn, ownWeight } from "../src/server-options.ts";
import { commandLines, type ServerCommand } from "../src/runtime/commands.ts";

describe("runtime commands of planned changes", () => {
  const server: Server = {
    name: "a.x",
    ip: "172.17.0.2",
    port: 6379,
    admin: "ready",
    options: ["check", "weight", "50"],
    endpoint: "e",
  };
  const add = (changes: Partial<Server> = {}): ServerCommand => ({
    do: "add",
    listener: 1,
    server: { ...server, ...changes },
  });
  const rows: readonly (readonly [string, ServerCommand, readonly string[]])[] = [
    [
      "adds a server, checked, then ready",
      add(),
      [
        "add server port_1/a.x 172.17.0.2:6379 check weight 50",
        "enable health port_1/a.x",
        "set server port_1/a.x state ready",
      ],
    ],
    [
      "adds a server that starts down, and has it down before anything can be sent to it",
      add({ startsDown: true }),
      [
        "add server port_1/a.x 172.17.0.2:6379 check weight 50",
        "enable health port_1/a.x",
        "set server port_1/a.x state ready",
        "set server port_1/a.x health down",
      ],
    ],
    [
      "has one that starts down start down again when it comes out of maintenance",
      { do: "ready", listener: 1, server: { ...server, startsDown: true }, isBack: true },
      ["set server port_1/a.x weight 50", "set server port_1/a.x state ready", "set server port_1/a.x health down"],
    ],
    [
      "leaves one that starts down as it is when it was merely drained",
      { do: "ready", listener: 1, server: { ...server, startsDown: true } },
      ["set server port_1/a.x weight 50", "set server port_1/a.x state ready"],
    ],
    [
      "adds a drained server with weight 0 before it is ready",
      add({ admin: "drain", options: [], ip: "2001:db8::1" }),
      [
        "add server port_1/a.x [2001:db8::1]:6379",
        "set server port_1/a.x weight 0",
        "set server port_1/a.x state ready",
      ],
    ],
    [
      "adds a drained server that has a weight of its own with weight 0 as well",
      add({ admin: "drain" }),
      [
        "add server port_1/a.x 172.17.0.2:6379 check weight 50",
        "set server port_1/a.x weight 0",
        "enable health port_1/a.x",
        "set server port_1/a.x state ready",
      ],
    ],
    ["drains by weight", { do: "drain", listener: 1, server }, ["set server port_1/a.x weight 0"]],
    [
      "undoes both drain and maintenance",
      { do: "ready", listener: 1, server },
      ["set server port_1/a.x weight 50", "set server port_1/a.x state ready"],
    ],
    ["puts into maintenance", { do: "maint", listener: 1, name: "a.x" }, ["set server port_1/a.x state maint"]],
    [
      "undoes them with less than its own weight",
      { do: "ready", listener: 1, server, weight: 3 },
      ["set server port_1/a.x weight 3", "set server port_1/a.x state ready"],
    ],
    ["gives a weight", { do: "weight", listener: 1, name: "a.x", weight: 9 }, ["set server port_1/a.x weight 9"]],
    [
      "gives another weight and another maxconn",
      { do: "update", listener: 1, server, weight: 50, maxconn: 9 },
      ["set server port_1/a.x weight 50", "set maxconn server port_1/a.x 9"],
    ],
    ["says nothing of what is the agent's alone", { do: "update", listener: 1, server }, []],
    ["ends sessions", { do: "end-sessions", listener: 1, name: "a.x" }, ["shutdown sessions server port_1/a.x"]],
    ["deletes", { do: "delete", listener: 1, name: "a.x" }, ["del server port_1/a.x"]],
  ];

  for (const [name, command, lines] of rows) {
    it(name, () => assert.deepEqual(commandLines(command), { ok: true, lines }));
  }

  it("leaves to the file what a command line cannot hold", () => {
    for (const options of [["sni", 'str("a b")'], ["a;b"], ["a\nb"]]) {
      const written = commandLines(add({ options }));
      assert.ok(!written.ok);
      assert.match(written.reason, /^server port_1\/a\.x has a word that only the file can hold$/);
    }
  });

  for (const [options, lasting, maxconn] of [
    ["check weight 50 maxconn 9", "check maxconn", 9],
    ["weight 1 check maxconn 1 weight 7 maxconn 2", "check maxconn maxconn", 2],
    ["check inter 50 rise 2", "check inter 50 rise 2", 0],
    ["agent-send weight maxconn 5", "agent-send weight maxconn", 5],
    ["", "", 0],
  ] as const) {
    it(`knows of "${options}" what lasts: "${lasting}"`, () => {
      const words = options.split(" ");
      assert.deepEqual([lastingOptions(words).join(" "), ownMaxconn(words)], [lasting, maxconn]);
    });
  }

  it("knows a server's own weight: the last one counts, 1 without", () => {
    assert.equal(ownWeight(["check", "weight", "50", "weight", "7"]), 7);
    assert.equal(ownWeight(["check"]), 1);
    assert.equal(ownWeight(["weight"]), 1);
  });
});
