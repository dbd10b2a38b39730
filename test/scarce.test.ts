import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  agentStatus,
  composeLabels,
  eventually,
  namesAt,
  openLoop,
  proxyLabels,
  useLab,
  whoAnswers,
} from "./lab/index.ts";
import type { LabContainer } from "./lab/index.ts";
import { isReady, timesSaid } from "./readiness.ts";
import { politeRedis } from "./stopping-redis.ts";

const port = 6379;
const within = 20_000;
const jumpingClock = `--import=${new URL("jumping-clock.mjs", import.meta.url).href}`;

describe("programs that lack something", () => {
  const lab = useLab({ registrars: false, agents: false });
  const n1 = () => lab().node(1);
  let served = 0;
  let server: LabContainer;

  const serve = (at: number) => {
    const name = `server-${(served += 1)}`;
    const labels = { ...composeLabels("shop", name), ...proxyLabels(`${at}:6379`) };
    return n1().runContainer({ name, labels, command: politeRedis(name) });
  };

  /** By whom answers: HAProxy's socket lies on a disk that only the lab sees. */
  const holds = (at: number, ...containers: readonly LabContainer[]) =>
    eventually(
      async () => {
        const names = containers.map(({ name }) => name);
        assert.deepEqual(await namesAt({ address: n1().address, port: at }), names.toSorted());
      },
      { within },
    );

  const isReadyAgain = () => isReady(n1().agent);

  const timesOf = (message: string) => timesSaid(n1().agent, message);

  const answers = (at: number) => whoAnswers({ address: n1().address, port: at });

  /** By a second mount upon it: HAProxy has a file of the first one open for writing. */
  const makeReadOnly = async () => {
    await n1().run("mount", "--bind", n1().stateDir, n1().stateDir);
    return n1().run("mount", "-o", "remount,bind,ro", n1().stateDir);
  };
  const makeWritable = () => n1().run("umount", n1().stateDir);

  const haproxyWithFewFiles = async () => {
    const bin = join(lab().directory, "haproxy-with-few-files");
    const few = "exec setpriv --bounding-set -sys_resource --inh-caps -sys_resource";
    await writeFile(bin, `#!/bin/sh\nulimit -n 500\n${few} haproxy "$@"\n`);
    await chmod(bin, 0o755);
    return bin;
  };

  const stopProxy = async () => {
    await n1().agent.stop();
    await n1().agent.subcommand("stop");
  };

  before(async () => {
    // A disk of its own, which can be filled and made read-only.
    await n1().run("mkdir", "-p", n1().stateDir);
    await n1().run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", n1().stateDir);
    server = await serve(port);
    await n1().registrar.start();
    // No listener is to end while these tests run: that would reload.
    await n1().agent.start({ LISTENER_GRACE: "1h" });
    await holds(port, server);
    await isReadyAgain();
  });

  const lacks: readonly (readonly [string, string, number, () => Promise<string>, () => Promise<string>])[] = [
    [
      "a full disk",
      "ENOSPC",
      7001,
      () => n1().run("sh", "-c", `cat /dev/zero > ${n1().stateDir}/filler 2> /dev/null || true`),
      () => n1().run("rm", `${n1().stateDir}/filler`),
    ],
    ["an unwritable STATE_DIR", "EROFS", 7002, () => makeReadOnly(), () => makeWritable()],
  ];

  for (const [lack, code, at, begin, end] of lacks) {
    it(`${lack} keeps no server from coming and going; it is told, and new listeners come once it is over`, async () => {
      const times = await timesOf("state cannot be written, traffic goes on");
      const load = await openLoop({ host: n1().address, port, perSecond: 50 });
      await begin();
      const another = await serve(port);
      await holds(port, server, another);
      await eventually(async () => assert.equal(await timesOf("state cannot be written, traffic goes on"), times + 1), {
        within,
      });
      await serve(at);
      await eventually(async () => assert.match((await n1().agent.admin("/readyz")).body, new RegExp(code)), {
        within,
      });
      assert.match((await agentStatus(n1().agent)).lastError ?? "", new RegExp(code));
      assert.equal(await answers(at), "ECONNREFUSED");
      const late = await serve(port);
      await holds(port, server, another, late);
      await Promise.all([another.stop(), late.stop()]);
      await holds(port, server);
      await end();
      await eventually(async () => assert.match(await answers(at), /^server-/), { within });
      await isReadyAgain();
      await eventually(async () => assert.equal(await timesOf("state is written again"), times + 1), { within });
      assert.deepEqual((await load.stop()).failures, []);
    });
  }

  it("an agent that cannot use its STATE_DIR ends with one line, and HAProxy serves on", async () => {
    await n1().agent.stop();
    await makeReadOnly();
    const before = (await n1().agent.log()).length;
    const child = n1().agent.launch();
    assert.equal((await child.ended).code, 2);
    const lines = (await n1().agent.log()).slice(before).trim().split("\n");
    assert.deepEqual(lines.length, 1, lines.join("\n"));
    assert.match(lines[0] ?? "", /STATE_DIR=".*": EROFS/);
    assert.match(await answers(port), /^server-/);
    await makeWritable();
    await n1().agent.start();
    await isReadyAgain();
  });

  it("too few file descriptors for MAXCONN are told in HAProxy's words, and fewer connections are served", async () => {
    await stopProxy();
    await n1().agent.start({ HAPROXY_BIN: await haproxyWithFewFiles() });
    await eventually(
      async () => assert.match((await n1().agent.admin("/readyz")).body, /Cannot raise FD limit to \d+, limit is 500/),
      { within },
    );
    await n1().agent.stop();
    await n1().agent.start({ MAXCONN: "100" });
    await isReadyAgain();
    assert.match(await answers(port), /^server-/);
  });

  it("a clock that jumps by days neither removes anything nor keeps a server from coming", async () => {
    await Promise.all([n1().agent.stop(), n1().registrar.stop()]);
    const load = await openLoop({ host: n1().address, port, perSecond: 50 });
    await n1().registrar.start({ NODE_OPTIONS: jumpingClock });
    await n1().agent.start({ NODE_OPTIONS: jumpingClock });
    await holds(port, server);
    const lone = await serve(7005);
    await holds(7005, lone);
    await lone.stop();
    for (let time = 0; time < 4; time += 1) {
      const another = await serve(port);
      await holds(port, server, another);
      await another.stop();
      await holds(port, server);
    }
    assert.deepEqual((await load.stop()).failures, []);
    // An hour has not passed for it, and so it still listens.
    assert.equal(await answers(7005), "closed without an answer");
  });

  it("serve all listeners but the youngest where RLIMIT_NOFILE is too low for all, also when HAProxy starts anew", async () => {
    const many = Array.from({ length: 200 }, (_, nth) => `${20_000 + nth}:6379`);
    const labels = { ...composeLabels("greedy", "ports"), ...proxyLabels(many.join()) };
    await stopProxy();
    await n1().agent.start({ HAPROXY_BIN: await haproxyWithFewFiles(), MAXCONN: "100" });
    await isReadyAgain();
    await n1().runContainer({ labels });
    const refused = () =>
      eventually(
        async () => {
          const { refusedListeners, lastError } = await agentStatus(n1().agent);
          assert.ok(
            refusedListeners.length > 20 && refusedListeners.length < 200,
            `${refusedListeners.length} refused`,
          );
          assert.deepEqual(new Set(refusedListeners.map(({ code }) => code)), new Set(["too-many-listeners"]));
          assert.match(refusedListeners[0]?.reason ?? "", /file descriptors for \d+ listening addresses and checks/);
          assert.equal(lastError, null);
        },
        { within },
      );
    await refused();
    assert.match(await answers(port), /^server-/);
    await eventually(async () => assert.equal(await answers(20000), "dump.rdb"), { within });
    await stopProxy();
    await n1().agent.start();
    await isReadyAgain();
    await refused();
    assert.match(await answers(port), /^server-/);
  });
});
