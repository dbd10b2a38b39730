import assert from "node:assert/strict";
import fc from "fast-check";
import { changeServers, diffServers, findServer, sortServers, type Named } from "../src/servers.ts";

const named = (name: string): Named => ({ name });
const names = (servers: readonly Named[]) => servers.map(({ name }) => name);
const crowd = fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 30 }).map((all) => all.map(named));

describe("a sorted list of servers", () => {
  it("is sorted by name, in the order of code units", () => {
    assert.deepEqual(names(sortServers(["b", "Z", "a", "ä", "10", "9"].map(named))), ["10", "9", "Z", "a", "b", "ä"]);
  });

  it("finds whom it holds, and nobody else", () => {
    fc.assert(
      fc.property(crowd, fc.string({ maxLength: 3 }), (servers, name) => {
        const expected = servers.find((each) => each.name === name);
        assert.equal(findServer(sortServers(servers), name), expected);
      }),
    );
  });

  it("is after a change what it would be made anew", () => {
    fc.assert(
      fc.property(crowd, crowd, crowd, (before, put, gone) => {
        const remove = names(gone);
        const left = before.filter(({ name }) => !remove.includes(name));
        assert.deepEqual(changeServers(sortServers(before), { put, remove }), sortServers([...left, ...put]));
      }),
    );
  });

  it("differs from another in what is not the very same server", () => {
    fc.assert(
      fc.property(crowd, crowd, crowd, (same, left, right) => {
        const [one, other] = [sortServers([...left, ...same]), sortServers([...right, ...same])];
        const told = diffServers(one, other);
        const both = names(sortServers([...one, ...other])).map((name) => {
          return { left: findServer(one, name), right: findServer(other, name) };
        });
        const expected = both.filter((pair) => pair.left !== pair.right);
        assert.deepEqual(
          told.map((each) => [each.left, each.right]),
          expected.map((each) => [each.left, each.right]),
        );
        assert.ok(told.every((each, at) => each.left === expected[at]?.left && each.right === expected[at]?.right));
      }),
    );
  });
});
