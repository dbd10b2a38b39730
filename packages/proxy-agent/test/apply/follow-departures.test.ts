import assert from "node:assert/strict";
import type { Desired } from "../../src/desired/desired.ts";
import type { Server } from "@fairway/haproxy";
import type { RunningServer } from "../../src/plan/running.ts";
import { noDepartures } from "../../src/apply/departures.ts";
import { followDepartures } from "../../src/apply/follow-departures.ts";

describe("servers that leave", () => {
  const settings = { addresses: ["127.0.0.1"], bind: [], lines: [] };
  const sections = { global: [], defaults: [], stats: [] };
  const server = (name: string): Server => ({ name, ip: "::1", port: 2, admin: "ready", options: [], endpoint: name });

  const served = (...names: readonly string[]): Desired => {
    const servers = names.map(server);
    return { sections, listeners: [{ port: 1, ssl: false, services: [], settings, servers }], rejections: [] };
  };

  const follow = (servers: Record<string, RunningServer["admin"]>, names: readonly string[], before = noDepartures) => {
    const running = Object.entries(servers).map(([name, admin]) => ({ ...server(name), admin }));
    const listener = { port: 1, ssl: false, settings, servers: running };
    const question = { running: { sections, listeners: new Map([[1, listener]]) }, served: served(...names) };
    return followDepartures(before, { ...question, ports: undefined, deadline: 100 });
  };

  it("are those in maintenance, with a deadline, and drained ones, without", () => {
    const departures = follow({ a: "maint", b: "drain", c: "ready" }, ["c"]);
    assert.deepEqual(
      [...departures.values()].map(({ name, deadline }) => [name, deadline]),
      [
        ["a", 100],
        ["b", undefined],
      ],
    );
  });

  it("are not those that are served drained", () => assert.equal(follow({ b: "drain" }, ["b"]).size, 0));

  it("stay when they are served again", () => {
    const before = follow({ a: "maint", b: "drain" }, []);
    assert.deepEqual([...follow({ a: "ready", b: "drain" }, ["a"], before).keys()], ["port_1/b"]);
  });

  it("keep their deadline however often one looks", () => {
    const before = follow({ a: "maint" }, []);
    assert.equal(follow({ a: "maint" }, [], before).get("port_1/a")?.deadline, 100);
  });
});
