import assert from "node:assert/strict";
import { IdleEnds } from "../../src/connections/idle-ends.ts";

describe("connections that IDLE ended", () => {
  for (const project of ["shop", undefined]) {
    it(`are counted for 1,000 services at most where their project is ${project ?? "not known"}`, () => {
      const ends = new IdleEnds();
      for (let at = 0; at < 1500; at += 1) ends.add({ project, service: `s${at}`, node: "n", container: "c" });
      ends.add({ project, service: "s7", node: "n", container: "c" });
      ends.add(undefined);
      const all = ends.all();
      assert.equal(all.length, 1001);
      assert.equal(all.find(({ service }) => service === "s7")?.count, 2);
      assert.deepEqual(all.at(-1), { project: "*", service: "*", count: 501 });
    });
  }
});
