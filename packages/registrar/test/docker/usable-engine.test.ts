import assert from "node:assert/strict";
import { readInfo } from "../../src/docker/read-answers.ts";
import { isTooOld, refusePodman } from "../../src/docker/usable-engine.ts";

describe("a Docker engine", () => {
  const rows: readonly (readonly [string, boolean])[] = [
    ["19.03.15", true],
    ["20.05.0", true],
    ["20.10.24+dfsg1", false],
    ["26.1.5", false],
    ["dev", false],
  ];
  for (const [version, isOld] of rows) {
    it(`${version} is ${isOld ? "older than supported" : "supported"}`, () => {
      assert.equal(
        isTooOld({
          id: "x",
          name: "x",
          version,
          clockMs: 0,
          isRootless: false,
          isPodman: false,
          isSwarmManager: false,
        }),
        isOld,
      );
    });
  }

  it("that is Podman is refused, in one sentence", () => {
    const ofPodman = {
      ID: "e3e32f0f",
      Name: "vm",
      ServerVersion: "4.3.1",
      SecurityOptions: [],
      BuildahVersion: "1.28.2",
    };
    assert.throws(
      () => refusePodman(readInfo(ofPodman)),
      /DOCKER_HOST: Podman 4\.3\.1 answers there, which is not supported/,
    );
    const { BuildahVersion, ...ofDocker } = ofPodman;
    assert.ok(BuildahVersion);
    assert.doesNotThrow(() => refusePodman(readInfo(ofDocker)));
  });
});
