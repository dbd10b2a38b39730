import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { startStopwatch } from "../../../../test/lab/stalled.ts";
import { LostRoles, type LostRolesOptions } from "../../src/reconcile/lost-roles.ts";
import { eventually } from "./kit/client.ts";
import { logTo } from "./kit/log-lines.ts";
import { isDone, RedisStage } from "./kit/redis-stage.ts";
import type { RedisServer } from "./kit/redis-server.ts";
import type { Said } from "./kit/steady-writes.ts";

/** More by hand: `REDIS_FAILOVERS=100`. */
const failovers = Number(process.env["REDIS_FAILOVERS"] ?? 10);

describe("the primary among redis servers", () => {
  let at: RedisStage;

  beforeEach(async () => {
    at = await RedisStage.open(failovers + 5);
  });

  afterEach(() => at.close());

  /** A primary whose server stands behind those of three replicas, so that HAProxy would choose these before it. */
  async function startFour(): Promise<{ readonly primary: RedisServer; readonly all: readonly RedisServer[] }> {
    const names = ["one", "two", "three", "four"];
    const asServers = at.listenerOf(names.map((name, index) => ({ name, port: index + 1 }))).servers;
    const inOrder = asServers.map(({ port }) => names[port - 1] ?? "");
    const primary = await at.start(inOrder.pop() ?? "");
    const replicas = await Promise.all(inOrder.map((name) => at.start(name, primary)));
    return { primary, all: [...replicas, primary] };
  }

  it("gets each of 1,000 writes, from the first after a cold start, through reloads and added replicas, the agent gone in between", async () => {
    const { primary, all } = await startFour();
    const written = at.writes(4);
    const until = (count: number) => eventually(`${count} writes`, () => written.said.length >= count, 30_000);
    await until(10);
    written.said.length = 0;
    await at.serve(all);
    await until(200);
    const added = await at.start("added", primary);
    assert.equal(await at.serve([...all, added]), "runtime");
    await until(400);
    assert.equal(await at.serve([...all, added], { CHECK: "redis-primary", IDLE: "1h" }), "reload");
    await until(600);
    await at.takeOver();
    await until(700);
    const later = await at.start("later", primary);
    await at.serve([...all, added, later], { CHECK: "redis-primary", IDLE: "1h" });
    await until(800);
    assert.equal(await at.serve([...all, added, later], { CHECK: "redis-primary", IDLE: "2h" }), "reload");
    await until(1000);
    const failed = (await written.stop()).filter((each) => !isDone(each));
    const refused = failed.filter(({ answer }) => !answer.includes("ECONNREFUSED"));
    assert.deepEqual(refused, []);
  });

  it("that is dead has 200 connections a second wait for the next one, ten times: none is lost that it had not accepted", async () => {
    let primary = await at.start("redis-0");
    let next = await at.start("redis-1", primary);
    await at.serve([primary, next]);
    const written = at.writes(5);
    const counted = { failovers, lostByTheDying: 0, worstMs: 0 };
    for (let round = 2; round < failovers + 2; round += 1) {
      const isServing = () => written.pending.size < 20 && written.said.slice(-20).every(isDone);
      await eventually("the primary serves", isServing);
      const former = written.said.length;
      const killedMs = performance.now();
      await primary.kill();
      const deadMs = performance.now();
      await delay(400);
      const promotedMs = performance.now();
      const waitedMs = startStopwatch(1000);
      await next.say("REPLICAOF", "NO", "ONE");
      const after = await at.start(`redis-${round}`, next);
      await at.serve([next, after]);
      await eventually("nobody waits", isServing);
      // Time in which this machine had no processor for them is not theirs.
      const stalledMs = performance.now() - promotedMs - waitedMs();
      const all = written.said.slice(former);
      const isLate = ({ begunMs, endedMs }: Said) => begunMs < promotedMs && endedMs - promotedMs > 1000 + stalledMs;
      assert.deepEqual({ round, late: all.filter(isLate) }, { round, late: [] });
      const lost = all.filter((each) => !isDone(each));
      const isAfter = ({ begunMs }: Said) => begunMs > deadMs;
      assert.deepEqual({ round, lost: lost.filter(isAfter) }, { round, lost: [] });
      // The primary had these when it was killed, or the kernel for it.
      assert.deepEqual({ round, lost: lost.filter(({ endedMs }) => endedMs < killedMs) }, { round, lost: [] });
      const waited = all.filter(({ begunMs }) => begunMs > deadMs && begunMs < promotedMs);
      counted.lostByTheDying += lost.length;
      counted.worstMs = Math.max(counted.worstMs, ...waited.map(({ endedMs }) => Math.round(endedMs - promotedMs)));
      [primary, next] = [next, after];
    }
    const writes = (await written.stop()).length;
    if (failovers > 10) console.log(`      ${JSON.stringify({ writes, ...counted })}`);
  });

  it("is another one: connections that the former one has are ended, in old workers too, and no others", async () => {
    const [primary, next] = [await at.start("one"), await at.start("two")];
    await next.say("REPLICAOF", "127.0.0.1", String(primary.port));
    await at.serve([primary, next]);
    await eventually("it serves", async () => isDone(await at.say("INCR writes")));
    const old = await lasting();
    assert.equal(await at.serve([primary, next], { CHECK: "redis-primary", IDLE: "1h" }), "reload");
    await eventually("the new worker serves", async () => isDone(await at.say("INCR writes")));
    const current = await lasting();
    await primary.say("REPLICAOF", "127.0.0.1", String(next.port));
    await eventually("both are ended", () => !old.isOpen() && !current.isOpen(), 3000);
    assert.equal(at.stage.lostRoles.sessionsEnded, 2);
    const waits = lasting();
    await delay(1000);
    await next.say("REPLICAOF", "NO", "ONE");
    const waited = await waits;
    await delay(1000);
    assert.equal(at.stage.lostRoles.sessionsEnded, 2);
    assert.ok(waited.isOpen());
    waited.close();
  });

  it("that is promoted while it is looked at keeps the connections that waited for it", async () => {
    const primary = await at.start("one");
    const next = await at.start("two", primary);
    await at.serve([primary, next]);
    await eventually("it serves", async () => isDone(await at.say("INCR writes")));
    await primary.kill();
    await eventually("the other one is known to be a replica", async () =>
      (await at.stage.health()).some(({ isUp, isAnsweringOtherwise }) => !isUp && isAnsweringOtherwise === true),
    );
    const ended = new AbortController();
    const waited: Awaited<ReturnType<typeof lasting>>[] = [];
    let looksOver = 0;
    const haproxy = slowly(at.stage.haproxy, {
      onceListed: async () => {
        await next.say("REPLICAOF", "NO", "ONE");
        waited.push(await lasting());
      },
      atEnd: () => void (looksOver += 1),
    });
    const roles = new LostRoles({ haproxy, everyMs: 60_000, log: logTo([]), signal: ended.signal });
    roles.follow(at.stage.desired([at.listenerOf([primary, next])]));
    await eventually("the look is over", () => looksOver > 0);
    ended.abort();
    await delay(200);
    assert.deepEqual([roles.sessionsEnded, at.stage.lostRoles.sessionsEnded, waited[0]?.isOpen()], [0, 0, true]);
    waited[0]?.close();
  });

  it("that nobody is has at most half of MAXCONN wait, FAILOVER_WAIT at most; beyond that they are refused and counted", async () => {
    const primary = await at.start("one");
    const replica = await at.start("two", primary);
    await at.serve([replica], undefined, { maxconn: 40, failoverWaitMs: 2000 });
    const begunMs = performance.now();
    const all = await Promise.all(Array.from({ length: 30 }, () => at.say("INCR writes")));
    assert.deepEqual(all.filter(isDone), []);
    const refused = all.filter(({ endedMs }) => endedMs - begunMs < 1000);
    const waited = all.filter(({ endedMs }) => endedMs - begunMs > 1800 && endedMs - begunMs < 3000);
    assert.deepEqual([refused.length, waited.length], [10, 20]);
    at.stage.refused.lookNow();
    await eventually("they are counted", () => at.stage.refused.totals.length > 0);
    const [{ reason, count } = { reason: "", count: 0 }] = at.stage.refused.totals;
    assert.ok(reason === "waiting" && count >= 9 && count <= 10, `${count} ${reason}`);
  });

  it("alone is written to when HAProxy was killed and started again", async () => {
    const { all } = await startFour();
    await at.serve(all);
    await eventually("it serves", async () => isDone(await at.say("INCR writes")));
    const written = at.writes(5);
    process.kill((await at.stage.processes()).masterPid, "SIGKILL");
    await eventually("400 writes", () => written.said.length >= 400);
    const wrong = (await written.stop()).filter(({ answer }) => answer.startsWith("-"));
    assert.deepEqual(wrong, []);
    assert.ok(isDone(await at.say("INCR writes")));
  });

  it("gets no connection of a listener for replicas: neither added nor at a reload", async () => {
    const { primary, all } = await startFour();
    const replicas = all.filter((each) => each !== primary);
    await at.serve(replicas, { CHECK: "redis-replica" });
    await eventually("one serves", async () => (await at.say("ROLE")).answer === "*5");
    const roles = async () => {
      const said = await Promise.all(Array.from({ length: 40 }, () => at.say("ROLE")));
      return [...new Set(said.map(({ answer }) => answer))];
    };
    assert.equal(await at.serve(all, { CHECK: "redis-replica" }), "runtime");
    assert.deepEqual(await roles(), ["*5"]);
    const third = await at.start("third");
    assert.equal(await at.serve([...all, third], { CHECK: "redis-replica", IDLE: "1h" }), "reload");
    assert.deepEqual(await roles(), ["*5"]);
  });

  /** A connection that was answered. */
  async function lasting() {
    const socket = connect({ host: "127.0.0.1", port: at.front });
    socket.on("error", () => socket.destroy());
    socket.write("PING\r\n");
    await once(socket, "data");
    const isOpen = () => !socket.destroyed && !socket.readableEnded;
    socket.resume();
    return { isOpen, close: () => void socket.destroy() };
  }
});

/** What looks at roles ask, with something that happens once the servers are listed, and at the end of the look. */
function slowly(
  haproxy: LostRolesOptions["haproxy"],
  { onceListed, atEnd }: { readonly onceListed: () => Promise<void>; readonly atEnd: () => void },
): LostRolesOptions["haproxy"] {
  let isListed = false;
  return {
    servers: async (ports) => {
      const found = await haproxy.servers(ports);
      if (!isListed) await onceListed();
      isListed = true;
      return found;
    },
    loads: (ports) => haproxy.loads(ports),
    info: () => haproxy.info(),
    sessions: (pid) => haproxy.sessions(pid),
    endSessions: (pid, ids) => haproxy.endSessions(pid, ids),
    processes: () => {
      atEnd();
      return haproxy.processes();
    },
  };
}
