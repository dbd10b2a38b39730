import assert from "node:assert/strict";
import fc from "fast-check";
import { ProjectPorts } from "../../src/desired/project-ports.ts";
import type { PortHolder } from "../../src/registry/port-holder.ts";

const most = 3;

function holder(project: string, port: number, age: number): PortHolder {
  return { port, project, state: "claimed", age: BigInt(age), claimedAt: "", shares: [] };
}

/** Which ports of a project are too many, of these. */
function beyondOf(ports: ProjectPorts, project: string, all: Iterable<number>): readonly number[] {
  return [...all].filter((port) => ports.beyondAt(port).has(project)).sort((a, b) => a - b);
}

describe("the front ports of a project", () => {
  for (const [title, ages, beyond] of [
    ["are all within its budget up to the limit", [5, 6, 7], []],
    ["are too many by the youngest claims", [9, 1, 8, 2, 3], [7000, 7002]],
    ["of one age are too many by the highest", [1, 1, 1, 1], [7003]],
  ] as const) {
    it(title, () => {
      const ports = new ProjectPorts(most);
      ages.forEach((age, at) => ports.set(7000 + at, [holder("shop", 7000 + at, age)]));
      assert.deepEqual(beyondOf(ports, "shop", [7000, 7001, 7002, 7003, 7004]), beyond);
    });
  }

  it("without a claim are too many before those with one", () => {
    const ports = new ProjectPorts(most);
    ports.set(7000, [{ ...holder("shop", 7000, 1), state: "unclaimed" }]);
    for (const port of [7001, 7002, 7003]) ports.set(port, [holder("shop", port, 50)]);
    assert.deepEqual(beyondOf(ports, "shop", [7000, 7001, 7002, 7003]), [7000]);
  });

  it("leave those of others alone, also on a shared port", () => {
    const ports = new ProjectPorts(most);
    for (const port of [7000, 7001, 7002]) ports.set(port, [holder("evil", port, port)]);
    const changed = ports.set(7003, [holder("shop", 7003, 1), holder("evil", 7003, 9000)]);
    assert.deepEqual([changed, [...ports.beyondAt(7003)]], [[], ["evil"]]);
  });

  it("change at one other port at most when one comes or goes", () => {
    const ports = new ProjectPorts(most);
    for (const age of [10, 20, 30]) ports.set(7000 + age, [holder("shop", 7000 + age, age)]);
    assert.deepEqual(ports.set(7001, [holder("shop", 7001, 1)]), [7030]);
    assert.deepEqual(ports.set(7040, [holder("shop", 7040, 40)]), []);
    assert.deepEqual(ports.set(7020, []), [7030]);
    assert.deepEqual(beyondOf(ports, "shop", [7001, 7010, 7030, 7040]), [7040]);
  });

  const users = fc.array(fc.tuple(fc.constantFrom("shop", "evil"), fc.integer({ min: 1, max: 4 })), { maxLength: 2 });
  const steps = fc.array(fc.record({ port: fc.integer({ min: 1, max: 9 }), users }), { maxLength: 40 });

  it("come to the same in whatever order they came, and each port whose outcome changes is told", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const ports = new ProjectPorts(most);
        const now = new Map<number, readonly PortHolder[]>();
        for (const { port, users } of all) {
          const outcome = () => new Map([...now.keys()].map((each) => [each, [...ports.beyondAt(each)].join()]));
          const before = outcome();
          const byProject = new Map(users);
          now.set(
            port,
            [...byProject].map(([project, age]) => holder(project, port, age)),
          );
          const told = new Set([port, ...ports.set(port, now.get(port) ?? [])]);
          for (const [each, projects] of outcome()) if (!told.has(each)) assert.equal(projects, before.get(each));
        }
        const anew = new ProjectPorts(most);
        for (const [port, holders] of [...now].sort(([a], [b]) => a - b)) anew.set(port, holders);
        for (const port of now.keys()) assert.deepEqual(ports.beyondAt(port), anew.beyondAt(port));
      }),
      { numRuns: 500 },
    );
  });
});
