import assert from "node:assert/strict";
import type { Server, ServerCommand } from "@fairway/haproxy";
import { applyCommands, type Observed } from "../../src/observed.ts";
import { noNames } from "../../src/observed-names.ts";

/** A listener 80 with the ready server `b`. */
const running: Observed = {
  description: "",
  sections: undefined,
  names: noNames,
  listeners: new Map([[80, { port: 80, servers: [server("b")], served: undefined, isInStep: true }]]),
};

function server(name: string, admin: Server["admin"] = "ready"): Server {
  return { name, ip: "172.17.0.2", port: 80, admin, options: [], endpoint: name };
}

function add(name: string, listener = 80): ServerCommand {
  return { do: "add", listener, server: server(name) };
}

function set(admin: Server["admin"], name: string): ServerCommand {
  return { do: admin, listener: 80, server: server(name, admin) };
}

function take(how: "maint" | "delete", name: string, listener = 80): ServerCommand {
  return { do: how, listener, name };
}

/** All servers after these commands, in words. */
function after(...commands: readonly ServerCommand[]): readonly string[] {
  const { listeners } = applyCommands(running, commands);
  return [...listeners].flatMap(([port, { servers }]) => servers.map(({ name, admin }) => `${port}/${name} ${admin}`));
}

describe("applyCommands", () => {
  for (const [title, commands, expected] of [
    ["takes servers in, sorted by name", [add("c"), add("a")], ["80/a ready", "80/b ready", "80/c ready"]],
    ["changes the state of one", [set("drain", "b")], ["80/b drain"]],
    ["keeps one that is on its way out", [take("maint", "b")], ["80/b maint"]],
    ["lets go of one", [take("delete", "b")], []],
    ["changes nothing on a listener that is not there", [add("a", 81), take("maint", "b", 81)], ["80/b ready"]],
    ["changes nothing about a server that is not there", [set("drain", "a"), take("maint", "c")], ["80/b ready"]],
    ["lets go of one that is not there", [take("delete", "a")], ["80/b ready"]],
    ["goes by the later of two: add, drain", [add("a"), set("drain", "a")], ["80/a drain", "80/b ready"]],
    ["goes by the later of two: maint, ready", [take("maint", "b"), set("ready", "b")], ["80/b ready"]],
    ["goes by the later of two: ready, maint", [set("ready", "b"), take("maint", "b")], ["80/b maint"]],
    ["goes by the later of two: delete, ready", [take("delete", "b"), set("ready", "b")], []],
    ["goes by the later of two: delete, add", [take("delete", "b"), add("b")], ["80/b ready"]],
  ] as const) {
    it(title, () => {
      assert.deepEqual(after(...commands), expected);
    });
  }

  it("leaves what it was told of as it was, and every other server the same object", () => {
    const [before] = running.listeners.get(80)?.servers ?? [];
    const { listeners } = applyCommands(running, [add("a")]);
    assert.equal(listeners.get(80)?.servers[1], before);
    assert.deepEqual(after(), ["80/b ready"]);
  });
});
