import assert from "node:assert/strict";
import { composeLabels, eventually, proxyLabels } from "../../../../test/lab/index.ts";
import { useNode } from "./use-node.ts";

const soon = { within: 10_000 };

describe("the life of an endpoint, on a real engine", () => {
  const { node, seen } = useNode({ registrars: { READY_TIMEOUT: "3s" } });

  const run = (service: string, command?: readonly string[], options: readonly string[] = []) => {
    const labels = { ...composeLabels("life", service), ...proxyLabels("6379") };
    return node().runContainer({ labels, options, ...(command === undefined ? {} : { command }) });
  };
  const state = (service: string, expected: string) => {
    return eventually(() => assert.equal(seen().stateOf(service), expected), soon);
  };
  const redisAfter = (seconds: number) => [
    "sh",
    "-c",
    `sleep ${seconds}; exec redis-server --protected-mode no --save ''`,
  ];

  it("is starting until its port accepts, then ready", async () => {
    await run("slow", redisAfter(1.5));
    await state("slow", "starting");
    await state("slow", "ready");
    assert.deepEqual(seen().statesOf("slow"), ["starting", "ready"]);
  });

  it("is ready after READY_TIMEOUT although nothing accepts, and reported", async () => {
    await run("deaf", ["sleep", "1000"]);
    await state("deaf", "starting");
    await state("deaf", "ready");
    const hints = (await seen().rejections("deaf")).map(({ code, severity }) => ({ code, severity }));
    assert.deepEqual(hints, [{ code: "port-not-accepting", severity: "hint" }]);
  });

  it("is draining before it is gone when the container is stopped", async () => {
    const container = await run("stopped");
    await state("stopped", "ready");
    await container.stop();
    await state("stopped", "gone");
    assert.deepEqual(seen().statesOf("stopped").slice(-3), ["ready", "draining", "gone"]);
  });

  it("is draining before it is gone when the container is killed", async () => {
    const container = await run("killed");
    await state("killed", "ready");
    await container.kill();
    await state("killed", "gone");
    assert.deepEqual(seen().statesOf("killed").slice(-3), ["ready", "draining", "gone"]);
  });

  it("drains at the container's own stop signal, and not at one that does not stop it", async () => {
    const trap = [
      "sh",
      "-c",
      "trap : HUP; trap : USR1; redis-server --protected-mode no --save '' & while :; do wait; done",
    ];
    const container = await run("own-signal", trap, ["--stop-signal", "SIGUSR1"]);
    await state("own-signal", "ready");
    await container.kill("HUP");
    await container.kill("USR1");
    await state("own-signal", "draining");
    assert.deepEqual(seen().statesOf("own-signal").slice(-2), ["ready", "draining"]);
    await container.remove();
    await state("own-signal", "gone");
  });

  it("is gone when the process ends by itself", async () => {
    await run("crashed", ["sh", "-c", "redis-server --save '' & sleep 0.5; kill -9 $!; exit 1"]);
    await state("crashed", "gone");
    assert.ok(!seen().statesOf("crashed").includes("draining"));
  });

  it("comes back when the container is started again", async () => {
    const container = await run("again");
    await state("again", "ready");
    await container.restart();
    await eventually(() => assert.deepEqual(seen().statesOf("again").slice(-1), ["ready"]), soon);
    assert.ok(seen().statesOf("again").includes("gone"));
  });

  it("is unhealthy while the container is paused", async () => {
    const container = await run("paused");
    await state("paused", "ready");
    await container.pause();
    await state("paused", "unhealthy");
    await container.unpause();
    await state("paused", "ready");
  });

  it("follows the container's HEALTHCHECK", async () => {
    const check = ["--health-cmd", '[ "$(cat /tmp/ok)" = yes ]', "--health-interval", "300ms", "--health-retries", "1"];
    const container = await run("checked", undefined, [...check, "--health-start-period", "60s"]);
    await state("checked", "starting");
    await container.exec("sh", "-c", "echo yes > /tmp/ok");
    await state("checked", "ready");
    await container.exec("sh", "-c", "echo no > /tmp/ok");
    await state("checked", "unhealthy");
    await container.exec("sh", "-c", "echo yes > /tmp/ok");
    await state("checked", "ready");
    assert.deepEqual(seen().statesOf("checked"), ["starting", "ready", "unhealthy", "ready"]);
  });

  it("takes the container's new name, and its addresses when networks change", async () => {
    const container = await node().runContainer({ name: "first-name", labels: proxyLabels("6379") });
    await state("first-name", "ready");
    await node().docker("rename", container.id, "second-name");
    await state("second-name", "ready");
    await state("first-name", "gone");
    await node().docker("network", "create", "more");
    await node().docker("network", "connect", "more", container.id);
    const networks = async () => {
      const [endpoint] = await seen().endpoints("second-name");
      return endpoint?.addresses.flatMap((each) => (each.via === "network" ? [each.network] : []));
    };
    await eventually(async () => assert.deepEqual(await networks(), ["bridge", "more"]), soon);
    await node().docker("network", "disconnect", "more", container.id);
    await eventually(async () => assert.deepEqual(await networks(), ["bridge"]), soon);
  });
});
