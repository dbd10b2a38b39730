import assert from "node:assert/strict";
import { readLabels } from "@fairway/contract";
import { cleanLabels } from "../../src/labels/clean-labels.ts";

describe("labels", () => {
  it("are read in any case after aliyun.proxy.", () => {
    const { labels } = cleanLabels({
      "aliyun.proxy.tcp_Ports": "1",
      "aliyun.proxy.REQUIRED": "true",
      "aliyun.lb.x": "y",
    });
    assert.deepEqual(
      [...labels],
      [
        ["aliyun.lb.x", "y"],
        ["aliyun.proxy.required", "true"],
        ["aliyun.proxy.TCP_PORTS", "1"],
      ],
    );
  });

  for (const [name, canonical] of [
    ["fairway.tcp_ports", "aliyun.proxy.TCP_PORTS"],
    ["fairway.TCP-Ports", "aliyun.proxy.TCP_PORTS"],
    ["Fairway.tcp-ports", "aliyun.proxy.TCP_PORTS"],
    ["aliyun.proxy.tcp-ports", "aliyun.proxy.TCP_PORTS"],
    ["fairway.Required", "aliyun.proxy.required"],
    ["fairway.lb.port-6379", "aliyun.lb.port_6379"],
    ["fairway.probe.timeout-seconds", "aliyun.probe.timeout_seconds"],
    ["fairway.custom_addon", "aliyun.custom_addon"],
    ["fairway.colour", "aliyun.proxy.COLOUR"],
    ["Aliyun.proxy.TCP_PORTS", undefined],
    ["dev.fairway.tcp_ports", undefined],
  ] as const) {
    it(`of the name ${name} are ${canonical ?? "none of ours"}`, () => {
      const { labels } = cleanLabels({ [name]: "x" });
      assert.deepEqual([...labels], canonical === undefined ? [] : [[canonical, "x"]]);
    });
  }

  const [table, capitals, own] = ["aliyun.proxy.TCP_PORTS", "aliyun.proxy.tcp-ports", "fairway.tcp_ports"] as const;
  for (const [given, winner] of [
    [[table, capitals], table],
    [[table, own], own],
    [[own, "fairway.TCP_PORTS", table], "fairway.TCP_PORTS"],
  ] as const) {
    it(`given as ${given.join(" and ")} count as ${winner}, and hints tell the others`, () => {
      const { labels, rejections } = cleanLabels(Object.fromEntries(given.map((name) => [name, `of ${name}`])));
      assert.deepEqual([...labels], [[table, `of ${winner}`]]);
      const reason = `it is not read: ${winner} is the same label, and counts`;
      const others = given.filter((name) => name !== winner).map((name) => ["label-twice", "hint", name, reason]);
      const told = rejections.map(({ code, severity, label, ...each }) => [code, severity, label, each.reason]);
      assert.deepEqual(new Set(told), new Set(others));
    });
  }

  for (const [given, label, reason] of [
    [{ "fairway.tcp_ports": "1" }, "fairway.tcp_ports", 'ports alone do not opt in: add fairway.required: "true"'],
    [{ "fairway.required": "true" }, "fairway.required", /: list the container's ports in fairway\.tcp_ports$/],
    [
      { "fairway.tcp_port": "1" },
      "fairway.tcp_port",
      /^fairway\.tcp_port is not .*; did you mean fairway\.tcp_ports\?$/,
    ],
    [
      { "aliyun.proxy.virtual_host": "x" },
      "aliyun.proxy.virtual_host",
      /^HTTP routing is not built yet: VIRTUAL_HOST /,
    ],
    [
      { "aliyun.proxy.balancer": "x" },
      "aliyun.proxy.balancer",
      /^aliyun\.proxy\.balancer is not a label that is known/,
    ],
    [{ "fairway.lb.port_1": "x" }, "fairway.lb.port_1", /^the value must be scheme/],
  ] as const) {
    it(`are told as they are written: ${label}`, () => {
      const [rejection] = readLabels(given).rejections;
      assert.equal(rejection?.label, label);
      if (typeof reason === "string") assert.equal(rejection.reason, reason);
      else assert.match(rejection.reason, reason);
    });
  }

  it("of others are not looked at", () => {
    const { labels, rejections } = cleanLabels({ description: "two\nlines", fairway: "x", "aliyun-proxy.x": "y" });
    assert.deepEqual([[...labels], rejections], [[], []]);
  });

  for (const char of ["\n", "\r", "\u0000", "\u0007", "\u007f", "\u0085", "\u2028", "\u2029", "\t"]) {
    it(`with ${JSON.stringify(char)} are refused`, () => {
      const { labels, rejections } = cleanLabels({ "aliyun.proxy.TCP_PORTS": `6379${char}`, "aliyun.depends": "a" });
      assert.deepEqual([...labels.keys()], ["aliyun.depends"]);
      assert.deepEqual(
        rejections.map(({ code, severity, label }) => ({ code, severity, label })),
        [{ code: "control-character", severity: "refused", label: "aliyun.proxy.TCP_PORTS" }],
      );
      assert.ok(rejections[0]?.value?.includes(char) === false, "the value is shown escaped");
    });
  }
});
