import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { groundAt, removeCgroups, startChild } from "@fairway/standalone";
import type { Child } from "@fairway/standalone";
import { eventually } from "./lab/index.ts";
import { addMember } from "./lab/world/member.ts";
import type { Member } from "./lab/world/member.ts";
import { keepTrack } from "./lab/world/live.ts";
import { createWorld } from "./lab/world/world.ts";
import type { World } from "./lab/world/world.ts";
import { clone, lastTable, start, started, stateOf } from "./npm-start.ts";
import type { Start } from "./npm-start.ts";

/**
 * On a machine of its own, without an engine and with nothing but loopback: so it shows what a newcomer sees, and
 * what is left can be told from what was there.
 */
describe("npm start on a machine with nothing", function () {
  this.timeout(120_000);

  let world: World;
  let machine: Member;
  let removeRest: () => void;

  before(async () => {
    world = await createWorld();
    machine = await addMember(world, "machine", 11);
    // Control groups are the whole machine's, also for a start that fails.
    removeRest = keepTrack(() => removeCgroups(groundAt(stateOf(machine)).mark));
    await machine.run("ip", "link", "delete", "eth0");
  });

  after(() => {
    world.end();
    removeRest();
  });

  /** Everything that a run could leave: processes, links, mounts, rules, cgroups. (/run/mount is libmount's.) */
  const found = async () => {
    const script = [
      "ps -e -o args= | grep -v -e '^ps ' -e '^grep ' -e '^sh -c'",
      "ip -oneline link | sed 's/^[0-9]*: //'",
      "cut -d' ' -f5 /proc/self/mountinfo | sort",
      "iptables-save | grep -v '^#' || true",
      "cat /proc/sys/net/ipv4/ip_forward",
      `find /sys/fs/cgroup -maxdepth 2 -name ${groundAt(stateOf(machine)).mark}`,
      "ls /run | grep -v '^mount$'",
    ];
    return machine.run("sh", "-c", script.join("\n"));
  };

  /** Runs commands as a user who has pasted what names the engine. */
  const engineOf = (printed: string) => {
    const named = /^ {2}(export DOCKER_HOST=.*)$/m.exec(printed)?.[1] ?? assert.fail("does not name its engine");
    return (commands: string) => machine.run("sh", "-c", `${named}\n${commands}`);
  };

  const killEngine = async () => machine.run("kill", "-KILL", await machine.run("pgrep", "--exact", "dockerd"));

  it("reaches PONG through a proxy, follows containers that come and go, and leaves nothing behind", async () => {
    const before = await found();
    const { child, printed } = await started(machine);
    assert.match(printed(), /^ready: redis-cli -p 6379 ping\n*$/m);
    assert.equal(await machine.run("redis-cli", "-p", "6379", "ping"), "PONG");
    assert.match(printed(), /127\.0\.0\.1:6379 +redis-master\.\S+ +198\.19\.\d+\.\d+:6379 +UP/);

    const inEngine = engineOf(printed());
    const run = /^ {2}(docker run (?:.*\\\n)*.*)$/m.exec(printed())?.[1] ?? assert.fail("says no docker run to try");
    await inEngine(run);
    await eventually(() => assert.match(lastTable(printed()), /^ +third\.\S+ .* UP +0$/m), { within: 10_000 });
    const why = /^ {2}(FAIRWAY_DIRECTORY=.*) npx fairway (why third)$/m.exec(printed());
    const [, setting, asked] = why ?? assert.fail("says no why to try");
    const launcher = `${process.execPath} packages/cli/bin/fairway.js`;
    const answer = await machine.run("sh", "-c", `cd ${clone} && ${setting} ${launcher} ${asked} 2>&1`);
    assert.match(
      answer,
      /^registry: http:\/\/127\.0\.0\.1:2379, prefix \/fairway\/v1, by http:\/\/127\.0\.0\.1:\d+\/status$/m,
    );
    assert.match(answer, /proxy +yes, at 198\.19\.\d+\.\d+:6379: /);
    await inEngine("docker pause third");
    const isUnhealthy = () => assert.match(lastTable(printed()), /third\.\S+ .* (UP|DOWN) \(unhealthy\)/);
    await eventually(isUnhealthy, { within: 10_000 });
    await inEngine("docker unpause third && docker stop third");
    await eventually(() => assert.doesNotMatch(lastTable(printed()), /third\.\S+ .* UP/), { within: 10_000 });

    const statuses = [...printed().matchAll(/^ {2}(curl .*\/status) /gm)].map(([, curl = ""]) => curl);
    const answers = await Promise.all(statuses.map((curl) => machine.run("sh", "-c", curl)));
    assert.equal(answers.length, 2);
    for (const answer of answers) assert.match(answer, /redis-master/);

    const url = /^the page, live: (http:\S+)$/m.exec(printed())?.[1] ?? assert.fail("says no page to look at");
    assert.match(await machine.run("curl", "-s", url), /<title>Fairway<\/title>/);
    assert.match(await machine.run("sh", "-c", `timeout 5 curl -sN ${url}events || true`), /redis-master/);

    const etcdctl = /^ {2}(etcdctl .*)$/m.exec(printed())?.[1] ?? assert.fail("says no etcdctl to try");
    assert.match(await machine.run("sh", "-c", etcdctl), /endpoints\/fairway-demo\/redis-master\/6379\//);

    assert.deepEqual(await child.stop(60_000), { code: 0, signal: null });
    assert.equal(await found(), before);
    const directory = stateOf(machine);
    assert.match(printed(), new RegExp(`^logs: ${directory}/logs/$`, "m"));
    assert.match(printed(), new RegExp(`^images, logs and containers .* stay .*: rm -rf ${directory}$`, "m"));
  });

  describe("where something else holds the port", () => {
    const port = 6380;
    let before: string;
    let holder: Child;
    let one: Start;

    const isServed = async () => assert.equal(await machine.run("redis-cli", "-p", `${port}`, "ping"), "PONG");

    const haproxy = () => machine.run("pgrep", "--oldest", "haproxy");

    it("says who has the port and takes the next one", async () => {
      before = await found();
      const logFile = join(world.directory, "holder.log");
      const command = [...machine.wrapper, "socat", "TCP-LISTEN:6379,bind=127.0.0.1,fork", "PIPE"];
      holder = startChild({ name: "holder", command, logFile });
      await eventually(async () => assert.match(await machine.run("ss", "-Hltn"), /:6379/), { within: 5000 });
      one = await started(machine);
      assert.match(one.printed(), /127\.0\.0\.1:6379 is held by socat \(pid \d+\); taking port 6380 instead/);
      assert.match(one.printed(), /^ready: redis-cli -p 6380 ping$/m);
      await isServed();
    });

    it("listens on loopback only", async () => {
      const listening = (await machine.run("ss", "-Hltn")).split("\n").map((line) => line.split(/\s+/)[3]);
      assert.ok(listening.includes(`127.0.0.1:${port}`));
      assert.deepEqual(
        listening.filter((address) => address?.startsWith("127.0.0.1:") !== true),
        [],
      );
    });

    it("starts a part again that was killed, while HAProxy goes on", async () => {
      const master = await haproxy();
      const agent = "proxy-agent/(bundle/bin/fairway-proxy-agent|src/main)";
      const first = await machine.run("pgrep", "--full", agent);
      await machine.run("kill", "-KILL", first);
      const again = () => assert.match(one.printed(), /^proxy-agent ended \(killed by SIGKILL\); starting it again/m);
      await eventually(again, { within: 5000 });
      await eventually(() => assert.match(one.printed(), /^proxy-agent runs again$/m), { within: 10_000 });
      await eventually(async () => assert.notEqual(await machine.run("pgrep", "--full", agent), first), {
        within: 10_000,
      });
      await isServed();
      assert.equal(await haproxy(), master);
    });

    it("starts its own Docker engine again that was killed, with the demo's containers", async () => {
      const names = () => engineOf(one.printed())("docker ps --format '{{.Names}}'");
      const demo = await names();
      await killEngine();
      const again = () => assert.match(one.printed(), /^dockerd runs again$/m);
      await eventually(() => one.child.hasEnded() || again(), { within: 30_000 });
      again();
      await eventually(async () => assert.equal(await names(), demo), { within: 10_000 });
      await eventually(isServed, { within: 20_000 });
    });

    it("ends in order after all that, and leaves nothing behind", async () => {
      assert.deepEqual(await one.child.stop(60_000), { code: 0, signal: null });
      await assert.rejects(haproxy());
      await holder.stop();
      assert.equal(await found(), before);
    });
  });

  it("ends in one piece when its own Docker engine was killed and cannot be started again", async () => {
    const before = await found();
    const { child, printed } = await started(machine);
    const file = join(stateOf(machine), "docker/daemon.json");
    rmSync(file);
    mkdirSync(file);
    await killEngine();
    await eventually(() => assert.equal(child.hasEnded(), true), { within: 20_000 });
    rmSync(file, { recursive: true });
    assert.deepEqual(await child.ended, { code: 1, signal: null });
    assert.doesNotMatch(printed(), /could not|docker ps/);
    assert.match(printed(), new RegExp(`^dockerd cannot be started again \\(its log: ${stateOf(machine)}/logs/`, "m"));
    assert.equal(await found(), before);
  });

  it("removes what a killed run left, and refuses a second one beside a living one", async () => {
    const before = await found();
    const killed = await started(machine);
    await engineOf(killed.printed())("docker network create theirs");
    killed.child.signal("SIGKILL");
    await killed.child.ended;
    assert.match(await found(), /haproxy(.*\n)*br-/);
    const { child, printed } = await started(machine);
    assert.match(printed(), /^ready: redis-cli -p 6379 ping$/m);
    const second = start(machine);
    assert.equal((await second.child.ended).code, 1);
    assert.match(await engineOf(printed())("docker network ls"), /theirs/);
    assert.match(await machine.run("ip", "-oneline", "link"), /: br-/);
    assert.match(second.printed(), /is in use by process \d+: stop that one first/);
    assert.equal(await machine.run("redis-cli", "-p", "6379", "ping"), "PONG");
    await child.stop(60_000);
    assert.equal(await found(), before);
  });

  it("ends with what to do when a setting is wrong", async () => {
    const { child, printed } = start(machine, { FAIRWAY_PORT: "none" });
    assert.equal((await child.ended).code, 2);
    assert.match(printed(), /FAIRWAY_PORT="none": must be a port, 1–65535/);
  });

  it("says at once that no etcd answers at ETCD_ENDPOINTS", async () => {
    const { child, printed } = start(machine, { ETCD_ENDPOINTS: "http://127.0.0.1:9" });
    await eventually(() => assert.equal(child.hasEnded(), true), { within: 15_000 });
    assert.equal((await child.ended).code, 1);
    assert.match(printed(), /^ETCD_ENDPOINTS="http:\/\/127\.0\.0\.1:9": no etcd answers there: .*ECONNREFUSED/m);
  });

  it("lists its settings with --help, and refuses any other argument", async () => {
    const help = start(machine, {}, ["--help"]);
    assert.equal((await help.child.ended).code, 0);
    for (const name of ["FAIRWAY_PORT", "FAIRWAY_DIRECTORY", "DOCKER_HOST", "ETCD_ENDPOINTS"]) {
      assert.match(help.printed(), new RegExp(`^  ${name} +\\S`, "m"));
    }
    const refused = start(machine, {}, ["--port=7000"]);
    assert.equal((await refused.child.ended).code, 2);
    assert.match(refused.printed(), /^error: unknown argument "--port=7000"; npm start -- --help lists the settings$/m);
  });
});
