import assert from "node:assert/strict";
import {
  deletedInWorker,
  departing,
  leftToOldWorkers,
  noDepartures,
  overdue,
  withoutPaths,
} from "../../src/apply/departures.ts";

describe("servers on their way out", () => {
  const ending = { listener: 1, name: "a", deadline: 100, isInWorker: true };
  const drained = { listener: 1, name: "b", deadline: undefined, isInWorker: true };
  const both = departing(noDepartures, [ending, drained]);

  it("keep the deadline that they had", () => {
    assert.equal(departing(both, [{ ...ending, deadline: 900 }]).get("port_1/a")?.deadline, 100);
    assert.equal(departing(both, [{ ...drained, deadline: 900 }]).get("port_1/b")?.deadline, 900);
  });

  it("are overdue at their deadline, drained ones never", () => {
    assert.deepEqual([...overdue(both, 99).keys()], []);
    assert.deepEqual([...overdue(both, 100).keys()], ["port_1/a"]);
  });

  it("are left to the old workers by a reload, drained ones to themselves", () => {
    assert.deepEqual([...leftToOldWorkers(both)], [["port_1/a", { ...ending, isInWorker: false }]]);
  });

  it("are remembered for the old workers when the current one has deleted them", () => {
    assert.equal(deletedInWorker(both, ["port_1/a"]).get("port_1/a")?.isInWorker, false);
    assert.equal(deletedInWorker(both, ["port_1/a"]).get("port_1/b")?.isInWorker, true);
  });

  it("come back", () => assert.deepEqual([...withoutPaths(both, ["port_1/a"]).keys()], ["port_1/b"]));
});
