import assert from "node:assert/strict";
import { serviceNameOf } from "../../src/endpoints/service-name.ts";

const compose = { project: "com.docker.compose.project", service: "com.docker.compose.service" };
const swarm = { stack: "com.docker.stack.namespace", service: "com.docker.swarm.service.name" };

describe("project and service", () => {
  const rows: readonly (readonly [string, Readonly<Record<string, string>>, string, string])[] = [
    ["Compose's labels", { [compose.project]: "shop", [compose.service]: "web" }, "shop", "web"],
    ["Swarm's, less the stack's name", { [swarm.stack]: "shop", [swarm.service]: "shop_web" }, "shop", "web"],
    ["a Swarm service without a stack", { [swarm.service]: "shop_web" }, "_", "shop_web"],
    ["a Swarm service whose name is not of its stack", { [swarm.stack]: "shop", [swarm.service]: "x" }, "shop", "x"],
    ["a Swarm service called like its stack", { [swarm.stack]: "shop", [swarm.service]: "shop_" }, "shop", "shop_"],
    [
      "Compose's before Swarm's",
      { [compose.project]: "a", [compose.service]: "b", [swarm.stack]: "c", [swarm.service]: "c_d" },
      "a",
      "b",
    ],
    ["a bare container's own name", {}, "_", "box"],
    ["empty labels as if they were absent", { [compose.project]: "", [compose.service]: "" }, "_", "box"],
    ["a project alone", { [compose.project]: "shop" }, "shop", "box"],
    ["names that are no names elsewhere", { [compose.project]: "a/b", [compose.service]: "100%" }, "a/b", "100%"],
  ];
  for (const [name, labels, project, service] of rows) {
    it(`takes ${name}`, () => {
      assert.deepEqual(serviceNameOf({ labels, name: "box" }), { name: { project, service }, rejections: [] });
    });
  }

  it("refuses a name with a line break", () => {
    const { rejections } = serviceNameOf({ labels: { [compose.project]: "a\nb" }, name: "box" });
    assert.deepEqual(
      rejections.map(({ code, label, valueLength }) => [code, label, valueLength]),
      [["control-character", compose.project, 3]],
    );
  });

  it("refuses a name of more than 255 characters", () => {
    const { rejections } = serviceNameOf({ labels: { [compose.service]: "x".repeat(256) }, name: "box" });
    assert.equal(rejections[0]?.reason, "a name of 256 characters is too long: at most 255");
  });

  it("refuses a container's own name of more than 255 characters, where it is the service's", () => {
    const long = "x".repeat(256);
    assert.equal(
      serviceNameOf({ labels: {}, name: long }).rejections[0]?.reason,
      "the container's name of 256 characters is too long: at most 255",
    );
    assert.deepEqual(serviceNameOf({ labels: { [compose.service]: "web" }, name: long }).rejections, []);
  });

  for (const [projects, codes] of [
    [["*"], []],
    [["other", "shop"], []],
    [["shopping", "sho"], ["project-not-allowed"]],
    [[], ["project-not-allowed"]],
  ] as const) {
    it(`${codes.length === 0 ? "allows" : "refuses"} project shop where PROJECTS is ${JSON.stringify(projects)}`, () => {
      const { rejections } = serviceNameOf({ labels: { [compose.project]: "shop" }, name: "box" }, projects);
      assert.deepEqual(
        rejections.map(({ code }) => code),
        codes,
      );
    });
  }
});
