import assert from "node:assert/strict";
import { cleanLabels } from "../../src/labels/clean-labels.ts";
import { readOptIn } from "../../src/labels/read-labels.ts";

describe("opting in", () => {
  const rows: readonly (readonly [Readonly<Record<string, string>>, boolean, string?])[] = [
    [{ required: "true", TCP_PORTS: "6379" }, true],
    [{ required: "true" }, true, "no port to route to: list the container's ports in aliyun.proxy.TCP_PORTS"],
    [
      { required: "true", TCP_PORTS: " , " },
      true,
      "no port to route to: list the container's ports in aliyun.proxy.TCP_PORTS",
    ],
    [{ required: "True", TCP_PORTS: "6379" }, false, '"True" does not opt in: only exactly "true" does'],
    [{ required: "TRUE" }, false, '"TRUE" does not opt in: only exactly "true" does'],
    [{ required: "yes" }, false, '"yes" does not opt in: only exactly "true" does'],
    [{ required: "1" }, false, '"1" does not opt in: only exactly "true" does'],
    [{ required: "on" }, false, '"on" does not opt in: only exactly "true" does'],
    [{ required: " true" }, false, '" true" does not opt in: only exactly "true" does'],
    [{ required: '"true"' }, false, '""true"" does not opt in: only exactly "true" does'],
    [{ required: "false", TCP_PORTS: "6379" }, false],
    [{ required: "no" }, false],
    [{ required: "" }, false],
    [{ TCP_PORTS: "6379" }, false, 'ports alone do not opt in: add aliyun.proxy.required: "true"'],
    [{ tcp_ports: "6379" }, false, 'ports alone do not opt in: add aliyun.proxy.required: "true"'],
    [{ TCP_PORTS: "" }, false],
    [{}, false],
  ];
  for (const [given, isOptedIn, reason] of rows) {
    const name = `${JSON.stringify(given)} ${isOptedIn ? "opts in" : "does not"}${reason === undefined ? "" : ", with a hint"}`;
    it(name, () => {
      const labels = Object.fromEntries(Object.entries(given).map(([key, value]) => [`aliyun.proxy.${key}`, value]));
      const outcome = readOptIn(cleanLabels(labels).labels);
      assert.equal(outcome.isOptedIn, isOptedIn);
      assert.deepEqual(
        outcome.rejections.map((each) => [each.severity, each.reason]),
        reason === undefined ? [] : [["hint", reason]],
      );
    });
  }
});
