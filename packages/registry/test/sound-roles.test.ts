import assert from "node:assert/strict";
import { areRolesSound } from "../src/sound-roles.ts";

describe("the roles of etcd", () => {
  for (const [version, isSound] of [
    ["3.4.23", false],
    ["3.4.43", false],
    ["3.4.44", true],
    ["3.5.29", false],
    ["3.5.30", true],
    ["3.6.0-rc.1", false],
    ["3.6.11", true],
    ["3.7.0", true],
    ["4.0.0", true],
    ["3.3.27", false],
    ["", false],
  ] as const) {
    it(`${isSound ? "hold" : "do not hold"} in ${version || "a version that is not told"}`, () => {
      assert.equal(areRolesSound(version), isSound);
    });
  }
});
