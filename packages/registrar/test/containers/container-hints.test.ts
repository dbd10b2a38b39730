import assert from "node:assert/strict";
import { serviceLabelHints } from "../../src/containers/container-hints.ts";
import { aContainer } from "../a-container.ts";

const tells = (serviceLabels: Readonly<Record<string, string>> | undefined, builder = aContainer()) => {
  const container = builder.build();
  return serviceLabelHints({ kind: "running", container, networkOwner: container, serviceLabels });
};

describe("labels of ours on a Swarm service", () => {
  it("that its containers have not are hinted at, with where they belong and without their values", () => {
    const labels = { "fairway.required": "true", "aliyun.proxy.TCP_PORTS": "s3cret", "com.example": "x" };
    assert.deepEqual(tells(labels), [
      {
        code: "labels-on-service",
        severity: "hint",
        label: "",
        value: "",
        reason:
          "aliyun.proxy.TCP_PORTS, fairway.required: on its Swarm service alone, with no effect: write them in the service's own labels:, not below deploy: (--container-label, not --label)",
      },
    ]);
  });

  it("that its containers have too, in whatever spelling, are no slip, nor are others' labels", () => {
    const served = aContainer().serving("6379");
    assert.deepEqual(tells({ "fairway.required": "true", "aliyun.proxy.tcp-ports": "1" }, served), []);
    assert.deepEqual(tells({ "traefik.enable": "true" }), []);
    assert.deepEqual(tells(undefined), []);
  });

  it("are named by three of them, escaped and cut, however many there are", () => {
    const many = Object.fromEntries(
      Array.from({ length: 500 }, (_, i) => [`aliyun.proxy.\n${"x".repeat(500)}${i}`, ""]),
    );
    const [{ reason } = { reason: "" }] = tells(many);
    assert.match(reason, /^aliyun\.proxy\.\\n.* and 497 more: on its Swarm service alone/);
    assert.ok(reason.length < 800, String(reason.length));
  });
});
