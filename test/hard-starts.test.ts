import assert from "node:assert/strict";
import { join } from "node:path";
import { startChild } from "@fairway/standalone";
import {
  agentStatus,
  composeLabels,
  eventually,
  metric,
  openLoop,
  pool,
  poolOf,
  proxyLabels,
  useLab,
  watchPool,
} from "./lab/index.ts";
import { countsOf, movedBy } from "./counts.ts";
import { isNotReady, isReady, runToEnd, timesSaid } from "./readiness.ts";
import type { LabContainer } from "./lab/index.ts";

const within = 20_000;
const port = 6379;

describe("the programs where the ground is hard", () => {
  const lab = useLab({ nodes: 2, registrars: false, agents: false });
  const n1 = () => lab().node(1);
  const n2 = () => lab().node(2);
  const programs = () => [n1().registrar, n1().agent] as const;
  let server: LabContainer;

  const serve = (ports: string, options: readonly string[] = []) =>
    n1().runContainer({ labels: { ...composeLabels("shop", "redis"), ...proxyLabels(ports) }, options });

  const holds = (at: number, ...containers: readonly LabContainer[]) =>
    eventually(async () => assert.deepEqual(await poolOf(n1(), at), pool(...containers)), { within });

  const ping = (at: number) => n1().run("timeout", "2", "redis-cli", "-h", n1().address, "-p", String(at), "ping");

  /** The pids of HAProxy's processes on node 1. */
  const haproxies = () => n1().run("pgrep", "--full", `haproxy .*${n1().stateDir}/`);

  const isConnected = async () => [
    await metric(n1().registrar, "fairway_registrar_registry_connected"),
    await metric(n1().agent, "fairway_agent_registry_connected"),
  ];

  it("wait for an etcd that is away at their start or later, with one line at its loss and one at its return", async () => {
    await lab().etcd.stop();
    server = await serve(`${port}`);
    await n1().registrar.start();
    // No listener is to end while these tests run: that would reload.
    await n1().agent.start({ LISTENER_GRACE: "1h" });
    await isNotReady(n1().registrar, /^not ready: the registry is not in step: /);
    await isNotReady(n1().agent, /^not ready: the registry has not been listed yet$/m);
    for (const time of [1, 2]) {
      for (const program of programs()) {
        await eventually(async () => assert.equal(await timesSaid(program, "registry lost"), time), { within });
        assert.equal((await program.admin("/healthz")).status, 200);
      }
      assert.deepEqual(await isConnected(), [0, 0]);
      await lab().etcd.start();
      for (const program of programs()) await isReady(program);
      await holds(port, server);
      assert.deepEqual(await isConnected(), [1, 1]);
      for (const program of programs()) {
        assert.equal(await timesSaid(program, "registry lost"), time);
        assert.equal(await timesSaid(program, "registry is back"), time);
      }
      if (time === 1) await lab().etcd.stop();
    }
    assert.equal(await metric(n1().agent, "fairway_agent_registry_sessions_total"), 2);
    assert.ok((await metric(n1().registrar, "fairway_registrar_registry_sessions_total")) >= 1);
    assert.equal(await ping(port), "PONG");
  });

  it("keep what a killed Docker engine had, and follow it again, with one line at its loss and one at its return", async () => {
    const returns = await serve(`${port}`, ["--restart", "always"]);
    await holds(port, server, returns);
    const pools = watchPool(n1(), port);
    const load = await openLoop({ host: n1().address, port, perSecond: 50 });
    await n1().run("sh", "-c", "kill -9 $(cat /run/docker-n1/exec/dockerd.pid)");
    await isNotReady(n1().registrar, /^not ready: the Docker engine does not answer: /);
    assert.deepEqual((await load.stop()).failures, []);
    assert.deepEqual(new Set((await pools.stop()).map(String)), new Set([String(pool(server, returns))]));
    await n1().engine.start();
    await isReady(n1().registrar);
    await holds(port, returns);
    // The server of its run before may still be the one that is held.
    await eventually(async () => assert.equal(await ping(port), "PONG"), { within });
    assert.equal(await timesSaid(n1().registrar, "Docker engine does not answer"), 1);
    assert.equal(await timesSaid(n1().registrar, "Docker engine answers again"), 1);
    server = returns;
  });

  it("refuse a listener whose port is taken, and leave it alone while its holder is away, without a failed connection elsewhere", async () => {
    const command = [...n1().wrapper, "socat", "TCP-LISTEN:7000,fork,reuseaddr", "PIPE"];
    const holder = startChild({ name: "holder", command, logFile: join(lab().directory, "holder.log") });
    await eventually(async () => assert.match(await n1().run("ss", "-Hltn"), /:7000 /), { within });
    const load = await openLoop({ host: n1().address, port, perSecond: 100 });
    const both = await serve("7000:6379, 7001:6379");
    await holds(7001, both);
    // HAProxy serves a little before the agent has seen that it does.
    const refused = await eventually(
      async () => {
        const [first] = (await agentStatus(n1().agent)).refusedListeners;
        // Who holds the port may take a moment longer to find.
        assert.match(first?.reason ?? "", /:7000 is held by socat \(pid \d+\)$/);
        return first;
      },
      { within },
    );
    assert.deepEqual([refused?.listener, refused?.code], [7000, "port-taken"]);
    assert.equal(await metric(n1().agent, 'fairway_agent_rejections{code="port-taken"}'), 1);
    assert.deepEqual(
      (await n1().listeners()).map((listener) => listener.port),
      [port, 7001],
    );
    assert.equal(await ping(7001), "PONG");
    await holder.stop();
    await eventually(
      async () => {
        const [waiting] = (await agentStatus(n1().agent)).refusedListeners;
        assert.match(waiting?.reason ?? "", /was held by socat \(pid \d+\) until .*once it has been free for 300 s$/);
      },
      { within: 60_000 },
    );
    assert.doesNotMatch(await n1().run("ss", "-Hltn"), /:7000 /);
    const { succeeded, failures } = await load.stop();
    assert.ok(succeeded > 100, `${succeeded} connections succeeded`);
    assert.deepEqual(failures, []);
    await both.remove();
  });

  it("refuse a listener on a port of their own, with the reason", async () => {
    const { id } = await serve("1936:6379, 7381:6379, 7002:6379");
    await eventually(async () => assert.equal(await ping(7002), "PONG"), { within });
    // HAProxy serves a little before the agent has seen that it does.
    await eventually(
      async () => {
        const { rejections } = await agentStatus(n1().agent);
        const refused = rejections.filter(({ key }) => key.endsWith(id.slice(0, 12)));
        assert.deepEqual(
          refused.map(({ code, reason }) => [code, reason.replace(/^\S+: /, "")]),
          [
            ["port-reserved", "port 1936 is this proxy's own STATS_PORT"],
            ["port-reserved", "port 7381 is this proxy's own ADMIN_LISTEN"],
          ],
        );
      },
      { within },
    );
    const ports = (await n1().listeners()).map((listener) => listener.port);
    assert.deepEqual([ports.includes(7002), ports.includes(1936), ports.includes(7381)], [true, false, false]);
  });

  it("leave a STATE_DIR to the agent that has it: a second one ends with exit code 2 and one line", async () => {
    const env = { ETCD_ENDPOINTS: lab().etcd.endpoints, STATE_DIR: n1().stateDir, ADMIN_LISTEN: "127.0.0.1:7999" };
    assert.deepEqual(await runToEnd(n1(), "proxy-agent", env), {
      code: 2,
      lines: [`STATE_DIR="${n1().stateDir}": another agent is using it`],
    });
    await isReady(n1().agent);
    assert.equal(await ping(port), "PONG");
  });

  it("leave a NODE_NAME to the engine that has it: a second one's registrar waits, with one line naming both", async () => {
    const engines = await Promise.all([n1(), n2()].map((node) => node.docker("info", "--format", "{{.ID}}")));
    const node = async () => (await lab().etcd.keys("/fairway/v1/nodes/n1")).map(({ value }) => value);
    const before = await node();
    assert.match(before.join(), new RegExp(engines[0] ?? ""));
    await n2().registrar.start({ NODE_NAME: "n1" });
    await isNotReady(n2().registrar, new RegExp(`${engines[0]}.*${engines[1]}`));
    const lines = (await n2().registrar.log()).split("\n").filter((line) => line.includes(engines[0] ?? ""));
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.ok(lines[0]?.includes(engines[1] ?? ""));
    await n2().registrar.stop();
    assert.deepEqual(await node(), before);
    await isReady(n1().registrar);
  });

  it("go on with the operator's accepted text while HAProxy runs and refuses a new one", async () => {
    const before = await haproxies();
    await n1().agent.stop();
    await n1().agent.start({ EXTRA_DEFAULT_SETTINGS: "nonsense" });
    await isReady(n1().agent);
    assert.match((await agentStatus(n1().agent)).lastError ?? "", /EXTRA_DEFAULT_SETTINGS: .*'nonsense'/);
    assert.equal(await haproxies(), before);
    const more = await serve(`${port}`);
    await holds(port, server, more);
    const listener = await serve("7003:6379");
    await holds(7003, listener);
    assert.equal(await ping(7003), "PONG");
    await n1().agent.stop();
    await n1().agent.start({ EXTRA_DEFAULT_SETTINGS: "" });
    await isReady(n1().agent);
    assert.equal((await agentStatus(n1().agent)).lastError, null);
    await more.remove();
    await holds(port, server);
  });

  it("answer on the four admin paths, and count", async () => {
    for (const program of programs()) {
      assert.deepEqual(await program.admin("/healthz"), { status: 200, body: "ok\n" });
      assert.deepEqual(await program.admin("/readyz"), { status: 200, body: "ready\n" });
      assert.equal((await program.admin("/nonsense")).status, 404);
      assert.equal(typeof (await program.status()), "object");
    }
    const before = await countsOf(n1());
    await serve("7004:6379, 7381:6379, 99999");
    await eventually(async () => assert.equal(await ping(7004), "PONG"), { within });
    const oneMore = {
      'fairway_registrar_endpoints{state="ready"}': 1,
      'fairway_registrar_rejections{code="port-out-of-range"}': 1,
      fairway_agent_endpoints: 1,
      'fairway_agent_rejections{code="port-reserved"}': 1,
      'fairway_agent_servers{state="ready"}': 1,
      fairway_agent_reloads_total: 1,
      'fairway_agent_reload_reasons_total{reason="listener-new"}': 1,
      // Several events may be one application or several.
      fairway_agent_applied_revision: "more",
      fairway_agent_propagation_seconds_count: "more",
    };
    // What clients see is counted a moment later.
    await eventually(async () => assert.deepEqual(movedBy(before, await countsOf(n1())), oneMore), { within });
    assert.ok((await metric(n1().agent, "fairway_agent_runtime_commands_total")) > 0);
  });
});
