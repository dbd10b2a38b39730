import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Server } from "../../src/desired/desired.ts";
import { sortServers } from "../../src/desired/sort-servers.ts";

function server(name: string): Server {
  return { name, ip: "172.17.0.2", port: 6379, admin: "ready", options: [], endpoint: name };
}

const crowd = fc.uniqueArray(fc.string({ maxLength: 4 }), { maxLength: 30 }).map((names) => names.map(server));

describe("sortServers", () => {
  it("sorts by name, in the order of code units", () => {
    const names = sortServers(["b", "Z", "a", "ä", "10", "9"].map(server)).map(({ name }) => name);
    assert.deepEqual(names, ["10", "9", "Z", "a", "b", "ä"]);
  });

  it("answers the same whatever was sorted before", () => {
    fc.assert(
      fc.property(crowd, crowd, fc.nat(30), (old, fresh, kept) => {
        const names = new Set(old.slice(0, kept).map(({ name }) => name));
        const now = [...old.slice(0, kept), ...fresh.filter(({ name }) => !names.has(name))];
        assert.deepEqual(sortServers(now, sortServers(old)), sortServers(now));
      }),
    );
  });
});
