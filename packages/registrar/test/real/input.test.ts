import assert from "node:assert/strict";
import { composeLabels, eventually, proxyLabels } from "../../../../test/lab/index.ts";
import { useNode } from "./use-node.ts";

const soon = { within: 10_000 };

describe("bad input, on a real engine", () => {
  const { node, seen } = useNode();

  const run = (service: string, labels: Readonly<Record<string, string>>) => {
    return node().runContainer({ labels: { ...composeLabels("input", service), ...labels } });
  };
  const told = (service: string, ...expected: readonly string[]) => {
    const codes = async () => (await seen().rejections(service)).map(({ code, severity }) => `${severity} ${code}`);
    return eventually(async () => assert.deepEqual(await codes(), expected), soon);
  };

  it("refuses bad ports with reasons in registry, log, status and metrics, and serves the good one", async () => {
    await run("ports", proxyLabels("abc, 99999, 6379"));
    await eventually(() => assert.equal(seen().stateOf("ports"), "ready"), soon);
    const rejections = await seen().rejections("ports");
    const reasons = rejections.map(({ reason }) => reason);
    assert.deepEqual(reasons, ["abc is not a port (1–65535)", "99999 is not a port (1–65535)"]);
    const status = JSON.stringify(await node().registrar.status());
    const log = await node().registrar.log();
    const { body } = await node().registrar.admin("/metrics");
    for (const reason of reasons) {
      assert.ok(status.includes(reason), "in /status");
      assert.equal(log.split(reason).length, 2, "once in the log");
    }
    for (const { code } of rejections) {
      assert.ok(body.includes(`fairway_registrar_rejections{code="${code}"} 1`), `${code} in metrics`);
    }
  });

  it("refuses a label with a line break, and its record stays one line", async () => {
    const container = await run("break", proxyLabels("6379\nserver evil 198.18.0.66:1"));
    await told("break", "refused control-character", "hint required-without-port");
    const record = await seen().get(`rejections/n1/${container.id.slice(0, 12)}`);
    assert.ok(record !== undefined && !record.value.includes("\n"));
    assert.deepEqual(await seen().endpoints("break"), []);
  });

  it("hints at what looks like a slip, and routes nothing", async () => {
    await run("yes", { "aliyun.proxy.required": "yes", "aliyun.proxy.TCP_PORTS": "6379" });
    await run("ports-alone", { "aliyun.proxy.TCP_PORTS": "6379" });
    await run("portless", { "aliyun.proxy.required": "true" });
    await told("yes", "hint required-not-true");
    await told("ports-alone", "hint ports-without-required");
    await told("portless", "hint required-without-port");
    for (const service of ["yes", "ports-alone", "portless"]) assert.deepEqual(await seen().endpoints(service), []);
  });

  it("withdraws what was refused when the container goes", async () => {
    const container = await run("brief", { "aliyun.proxy.required": "True" });
    await told("brief", "hint required-not-true");
    await container.remove();
    await told("brief");
  });

  it("takes containers that come and go faster than it looks", async () => {
    const command = ["sh", "-c", "exit 0"];
    const labels = { ...composeLabels("input", "flash"), ...proxyLabels("6379") };
    for (let n = 0; n < 3; n += 1) await node().runContainer({ labels, command, options: ["--rm"] });
    await run("after", proxyLabels("6379"));
    await eventually(() => assert.equal(seen().stateOf("after"), "ready"), soon);
    await eventually(async () => assert.deepEqual(await seen().endpoints("flash"), []), soon);
    assert.equal((await node().registrar.admin("/readyz")).status, 200);
  });
});
