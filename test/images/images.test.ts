import assert from "node:assert/strict";
import { composeLabels, eventually, holdConnection, proxyLabels, startStopwatch, useLab } from "../lab/index.ts";
import type { LabContainer } from "../lab/index.ts";
import { forgedRecord } from "../forged-record.ts";

const within = 90_000;
const port = 80;
const stopTimeoutMs = 4000;

describe("the images", function () {
  this.timeout(240_000);
  const lab = useLab({ registrars: false, agents: false, images: true });
  const node = () => lab().node(1);
  let registrar: LabContainer;
  let proxy: LabContainer;
  let server: LabContainer;

  const run = (image: string, admin: number, options: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    node().runContainer({
      name: image,
      image: `fairway/${image}`,
      command: [],
      network: "host",
      env: {
        ETCD_ENDPOINTS: lab().etcd.endpoints,
        NODE_NAME: "n1",
        ADMIN_LISTEN: `${node().address}:${admin}`,
        ...env,
      },
      options: ["--health-interval", "1s", "--health-retries", "1", ...options],
    });

  const startProxy = (...options: readonly string[]) =>
    run("proxy-agent", 7381, options, { ADDITIONAL_SERVICES: "*", STOP_TIMEOUT: `${stopTimeoutMs}ms` });

  const serve = (name: string) =>
    node().runContainer({ name, labels: { ...composeLabels("shop", name), ...proxyLabels(`${port}:6379`) } });

  const inspect = (container: LabContainer, format: string) =>
    node().docker("inspect", "--format", format, container.id);

  /** Processes of a container with these columns of ps, a line each. */
  const processes = async (container: LabContainer, columns: string) =>
    (await node().docker("top", container.id, "-eo", columns)).split("\n").slice(1);

  const pidOf = async (container: LabContainer, program: RegExp) => {
    const found = (await processes(container, "pid,args")).find((line) => program.test(line));
    return /\d+/.exec(found ?? "")?.[0] ?? assert.fail(`no ${program} in ${container.name}`);
  };

  const agent = /node \S*fairway-proxy-agent/;

  const ping = (to = port) => node().run("timeout", "2", "redis-cli", "-h", node().address, "-p", String(to), "ping");

  const answers = () => eventually(async () => assert.equal(await ping(), "PONG"), { within });

  const ready = () =>
    eventually(async () => assert.equal((await fetch(`http://${node().address}:7381/readyz`)).status, 200), { within });

  const status = async () => (await fetch(`http://${node().address}:7381/status`)).text();

  const isHealth = (container: LabContainer, health: string) =>
    eventually(async () => assert.equal(await inspect(container, "{{.State.Health.Status}}"), health), { within });

  before(async () => {
    const socket = node().dockerHost.replace("unix://", "");
    const hardened = ["--read-only", "--cap-drop", "ALL"];
    registrar = await run("registrar", 7380, ["--volume", `${socket}:/var/run/docker.sock`, ...hardened]);
    [server, proxy] = await Promise.all([serve("web"), startProxy()]);
    await answers();
  });

  it("serve port 80 without root, where ports below 1024 need a privilege", async () => {
    assert.equal(await node().run("cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start"), "1024");
    const users = new Set((await processes(proxy, "pid,uid")).map((line) => line.trim().split(/\s+/)[1]));
    assert.deepEqual([...users], ["10001"]);
    assert.equal(await ping(), "PONG");
  });

  it("have the command in them, which finds the registry by their settings", async () => {
    for (const container of [registrar, proxy]) {
      assert.equal(await node().docker("exec", container.id, "fairway", "get", "services", "-o", "name"), "shop/web");
    }
  });

  it("tell Docker how they are", async () => {
    await Promise.all([isHealth(registrar, "healthy"), isHealth(proxy, "healthy")]);
    const pid = await pidOf(proxy, agent);
    await node().run("kill", "-STOP", pid);
    await isHealth(proxy, "unhealthy");
    await node().run("kill", "-CONT", pid);
    await isHealth(proxy, "healthy");
  });

  it("lose no connection and no container when the agent is killed, and follow on", async () => {
    const held = await holdConnection(node().address, port);
    await held.echo();
    const master = await pidOf(proxy, /haproxy .*-W/);
    for (const _ of [1, 2]) {
      const pid = await pidOf(proxy, agent);
      await node().run("kill", "-KILL", pid);
      await held.echo();
      await eventually(async () => assert.notEqual(await pidOf(proxy, agent), pid), { within });
      await ready();
    }
    const second = await serve("web-2");
    await server.remove();
    await eventually(async () => assert.match(await status(), /web-2/), { within });
    await answers();
    assert.equal(await pidOf(proxy, /haproxy .*-W/), master);
    assert.equal(await inspect(proxy, "{{.State.Running}} {{.RestartCount}}"), "true 0");
    held.close();
    server = second;
  });

  it("leave no dead process behind when HAProxy and its agent are killed", async () => {
    for (const program of [agent, /haproxy .*-W/, agent]) {
      await node().run("kill", "-KILL", await pidOf(proxy, program));
      await eventually(() => pidOf(proxy, agent), { within });
      await ready();
      await answers();
    }
    await eventually(
      async () =>
        assert.deepEqual(
          (await processes(proxy, "pid,stat,comm")).filter((line) => / Z/.test(line)),
          [],
        ),
      { within },
    );
  });

  it("let connections finish for STOP_TIMEOUT at docker stop, and end with code 0", async () => {
    const held = await holdConnection(node().address, port);
    await held.echo();
    const [begun, workedMs] = [performance.now(), startStopwatch(stopTimeoutMs)];
    const stopped = proxy.stop();
    await eventually(() => assert.rejects(ping()), { within: stopTimeoutMs });
    await held.echo();
    await stopped;
    const [tookMs, tookAtMostMs] = [performance.now() - begun, workedMs()];
    assert.ok(tookMs > stopTimeoutMs - 1500, `${tookMs} ms`);
    assert.ok(tookAtMostMs < stopTimeoutMs + 1500, `${tookAtMostMs} ms, of ${tookMs} ms`);
    assert.equal(held.hasEnded(), true);
    assert.equal(await inspect(proxy, "{{.State.ExitCode}}"), "0");
    assert.deepEqual(await lab().etcd.keys("/fairway/v1/proxies/"), []);
  });

  it("end at once at docker stop when nobody is connected, and go on when started again", async () => {
    await proxy.start();
    await ready();
    await answers();
    const tookMs = startStopwatch(stopTimeoutMs);
    await proxy.stop();
    assert.ok(tookMs() < stopTimeoutMs);
    assert.equal(await inspect(proxy, "{{.State.ExitCode}}"), "0");
  });

  it("serve, in a new container with the volume of the former one, what that served, while etcd is away", async () => {
    assert.equal(await inspect(proxy, "{{json .Config.Volumes}}"), '{"/var/lib/fairway":{}}');
    await node().docker("rename", proxy.id, "former");
    await lab().etcd.stop();
    const heir = await startProxy("--volumes-from", "former");
    await answers();
    await lab().etcd.start();
    await ready();
    await Promise.all([heir.remove(), proxy.remove()]);
  });

  it("end with code 2 and the reasons when settings cannot work", async () => {
    const broken = await run("proxy-agent", 7381, [], { STATS_PORT: "99999", MODE: "udp" });
    assert.equal(await node().docker("wait", broken.id), "2");
    const lines = await node().run("sh", "-c", `docker --host ${node().dockerHost} logs ${broken.id} 2>&1`);
    assert.deepEqual(lines.split("\n"), [
      'MODE="udp": must be one of tcp, http',
      'STATS_PORT="99999": must be a port, 1–65535',
    ]);
    await broken.remove();
  });

  it("serve from a network of Docker by published ports", async () => {
    const bridged = await node().runContainer({
      image: "fairway/proxy-agent",
      command: [],
      publish: ["8080:80"],
      env: {
        ETCD_ENDPOINTS: lab().etcd.endpoints,
        NODE_NAME: "n1",
        VANTAGE: "bridge",
        ADDITIONAL_SERVICES: "*",
      },
    });
    await eventually(async () => assert.equal(await ping(8080), "PONG"), { within });
    await bridged.remove();
  });

  for (const VANTAGE of ["", "bridge"]) {
    it(`that publish a port listen there with VANTAGE="${VANTAGE}", and lead no connection back to it`, async () => {
      const labels = { ...composeLabels("shop", "own"), ...proxyLabels("7200:6379") };
      const own = await node().runContainer({ labels });
      const bridged = await node().runContainer({
        image: "fairway/proxy-agent",
        command: [],
        publish: ["7200:7200", "7390:7381"],
        env: {
          ETCD_ENDPOINTS: lab().etcd.endpoints,
          NODE_NAME: "n1",
          ADMIN_LISTEN: "0.0.0.0:7381",
          ADDITIONAL_SERVICES: "*",
          VANTAGE,
        },
      });
      await eventually(async () => assert.equal(await ping(7200), "PONG"), { within });
      const key = `/fairway/v1/endpoints/shop/own/6379/n1/${"f".repeat(12)}`;
      await lab().etcd.ctl("put", key, forgedRecord(node().address, 7200));
      const told = async () => (await fetch(`http://${node().address}:7390/status`)).text();
      const refusal = /:7200 is a port that this proxy's own container publishes/;
      await eventually(async () => assert.match(await told(), refusal), { within });
      await lab().etcd.ctl("del", key);
      await Promise.all([bridged.remove(), own.remove()]);
    });
  }

  it("end a registrar at docker stop, whose endpoints stay", async () => {
    const tookMs = startStopwatch(3000);
    await registrar.stop();
    assert.ok(tookMs() < 3000);
    assert.equal(await inspect(registrar, "{{.State.ExitCode}}"), "0");
    assert.equal((await lab().etcd.keys("/fairway/v1/endpoints/")).length, 1);
  });
});
