import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startStopwatch } from "../../../../test/lab/stalled.ts";
import { freePorts } from "../../../../test/free-ports.ts";
import { PostgresSession } from "../../src/roles/postgres-session.ts";
import { decide } from "../facts.ts";
import { given, published } from "../given.ts";
import { eventually } from "./kit/client.ts";
import { writeTo } from "./kit/postgres-write.ts";
import { PostgresServers, type PostgresServer } from "./kit/postgres-servers.ts";
import { refreshedLongAgo } from "./kit/refreshed-long-ago.ts";
import { openStage, type Stage } from "./kit/stage.ts";
import { steadyWrites, timed, type Said } from "./kit/steady-writes.ts";
import { onLoopback } from "./kit/loopback.ts";

/** More by hand, at 200 writes a second: `POSTGRES_FAILOVERS=10`. */
const failovers = Number(process.env["POSTGRES_FAILOVERS"] ?? 1);
/** Each write costs PostgreSQL a process. */
const writeEveryMs = failovers > 1 ? 5 : 25;

const isDone = ({ answer }: Said) => answer === "done";

/** What a client found over a connection of its own: a role, or why none. */
type Found = { readonly begunMs: number; readonly endedMs: number; readonly role: string };

describe("the primary among PostgreSQL servers", () => {
  let servers: PostgresServers;
  let secrets: string;
  let stage: Stage;
  let front: number;
  let statsPort: number;
  let ports: number[];

  before(async () => {
    servers = await PostgresServers.open();
    secrets = await mkdtemp(join(tmpdir(), "fairway-secrets-"));
    await mkdir(join(secrets, "shop"));
    [statsPort = 0, front = 0, ...ports] = await freePorts(7 + failovers);
    stage = await openStage({ statsPort, checkSecrets: secrets });
  });

  after(async () => {
    await stage.clear();
    await servers.close();
    await rm(secrets, { recursive: true });
  });

  const serve = async (all: readonly PostgresServer[], settings: Readonly<Record<string, string>> = {}) => {
    const records = given().node("node-1", { address: "198.18.0.1" }).service("shop", "db");
    for (const { name, port } of all) {
      records.endpoint({
        container: name,
        addresses: [published("198.18.0.1", port)],
        listen: [{ port: front, ssl: false }],
        settings: { CHECK: "postgres-primary", ...settings },
      });
    }
    const { rolesSocket } = stage.paths;
    // Longer than by default: what the machine takes for the promotion is not the proxy's, and clients give up after 8 s.
    const failoverWaitMs = 7000;
    const checks = { logins: undefined, rolesSocket };
    const facts = { addresses: ["127.0.0.1"], maxconn: 1000, checks, failoverWaitMs };
    const { listeners, rejections } = decide(records, facts);
    assert.deepEqual(rejections, []);
    const outcome = await stage.apply(stage.desired(listeners.map(onLoopback)));
    assert.ok(outcome.ok, JSON.stringify(outcome));
    return outcome.how;
  };

  const ask = async (): Promise<Found> => {
    const begunMs = performance.now();
    const found = async () => {
      const patience = { loginMs: 8000, answerMs: 8000 };
      const session = await PostgresSession.open(
        { ip: "127.0.0.1", port: front, password: servers.password },
        patience,
      );
      const role = (await session.isInRecovery()) ? "replica" : "primary";
      session.close();
      return role;
    };
    const role = await found().catch((error: Error) => error.message);
    return { begunMs, endedMs: performance.now(), role };
  };

  const primaryNow = async (): Promise<PostgresServer> => {
    for (const server of servers.running()) if ((await server.sql("SELECT pg_is_in_recovery()")) === "f") return server;
    return assert.fail("none is primary");
  };

  /** Asks over a new connection every `everyMs`, however long the others take. */
  const asking = (everyMs: number) => {
    const all: Promise<Found>[] = [];
    const timer = setInterval(() => all.push(ask()), everyMs);
    return () => {
      clearInterval(timer);
      return Promise.all(all);
    };
  };
  const others = (all: readonly Found[]) => all.filter(({ role }) => role !== "primary");

  it("gets every connection and a failover loses none that it had not accepted, by a login with the service's password", async () => {
    const [a = 0, b = 0, c = 0] = ports;
    const first = await servers.primary("aa", a);
    const second = await servers.replica("bb", b, first);
    await serve([first, second]);
    await eventually("it says what it lacks", () =>
      stage
        .roleNotes()
        .some((each) => each.endsWith(": it wants a password, and CHECK_SECRETS has none for its service")),
    );
    await writeFile(join(secrets, "shop", "db"), `${servers.password}\n`, { mode: 0o600 });
    await eventually("the primary serves", async () => (await ask()).role === "primary", 15_000);
    assert.deepEqual(stage.roleNotes(), []);

    const stop = asking(40);
    const third = await servers.replica("cc", c, first);
    assert.equal(await serve([first, second, third]), "runtime");
    assert.equal(await serve([first, second, third], { IDLE: "1h" }), "reload");
    await delay(500);
    await stage.leave();
    await delay(500);
    stage = await openStage({ statsPort, checkSecrets: secrets, directory: stage.paths.directory });
    assert.equal(await serve([first, second, third], { IDLE: "1h" }), "none");
    await delay(700);
    assert.deepEqual(others(await stop()), []);

    const stopLater = asking(40);
    await delay(500);
    const killedMs = performance.now();
    await first.kill();
    const deadMs = performance.now();
    await delay(400);
    const promotedMs = performance.now();
    assert.equal(await second.sql("SELECT pg_promote()"), "t");
    const takenMs = performance.now();
    const waitedMs = startStopwatch(1000);
    await eventually("nobody waits", async () => (await ask()).role === "primary");
    await delay(500);
    // Time in which this machine had no processor for them is not theirs.
    const stalledMs = performance.now() - takenMs - waitedMs();
    const all = await stopLater();
    const failed = others(all);
    assert.deepEqual(
      failed.filter(({ begunMs }) => begunMs > deadMs),
      [],
    );
    assert.deepEqual(
      failed.filter(({ role }) => role === "replica"),
      [],
    );
    // It had these when it was killed.
    assert.ok(
      failed.every(({ endedMs }) => endedMs > killedMs),
      JSON.stringify(failed),
    );
    const waited = all.filter(({ begunMs }) => begunMs > deadMs && begunMs < promotedMs);
    assert.ok(waited.length > 0 && waited.every(({ endedMs }) => endedMs > promotedMs), JSON.stringify(waited));
    const lateMs = Math.max(...waited.map(({ endedMs }) => endedMs - takenMs));
    assert.ok(lateMs < 1000 + stalledMs, `${lateMs} ms after the promotion`);
    assert.equal(await second.sql("SELECT pg_is_in_recovery()"), "f");
  });

  it("that is dead has writes wait for the next one: none reaches a replica, and the next serves within a second", async () => {
    let primary = await primaryNow();
    let next = await servers.replica("n0", ports[3] ?? 0, primary);
    await serve([primary, next]);
    const written = steadyWrites(writeEveryMs, () => timed(() => writeTo(front)));
    const counted = { failovers, lostByTheDying: 0, worstFirstMs: 0, worstMs: 0 };
    for (let round = 1; round <= failovers; round += 1) {
      const isServing = () => written.pending.size < 20 && written.said.slice(-20).every(isDone);
      await eventually("the primary serves", isServing, 30_000);
      const former = written.said.length;
      const killedMs = performance.now();
      await primary.kill();
      const deadMs = performance.now();
      await delay(400);
      const askedMs = performance.now();
      assert.equal(await next.sql("SELECT pg_promote()"), "t");
      const promotedMs = performance.now();
      const waitedMs = startStopwatch(1000);
      await eventually(
        "it serves",
        () => written.said.slice(former).some((each) => isDone(each) && each.endedMs > askedMs),
        30_000,
      );
      const stalledMs = performance.now() - promotedMs - waitedMs();
      const after = await servers.replica(`n${round}`, ports[3 + round] ?? 0, next);
      await serve([next, after]);
      await eventually("nobody waits", isServing, 30_000);
      const all = written.said.slice(former);
      const failed = all.filter((each) => !isDone(each));
      // It had these when it was killed; 25006: a server that only replays refuses to write.
      assert.deepEqual(
        failed.filter(({ begunMs, endedMs }) => begunMs > deadMs || endedMs < killedMs),
        [],
      );
      assert.deepEqual(
        failed.filter(({ answer }) => answer === "25006"),
        [],
      );
      const servedMs = all
        .filter((each) => isDone(each) && each.endedMs > askedMs)
        .map(({ endedMs }) => endedMs - promotedMs);
      const firstMs = Math.round(Math.min(...servedMs));
      assert.ok(firstMs < 1000 + stalledMs, `${firstMs} ms after the promotion`);
      const waited = all.filter(({ begunMs }) => begunMs > deadMs && begunMs < askedMs);
      assert.ok(waited.length > 0);
      counted.lostByTheDying += failed.length;
      counted.worstFirstMs = Math.max(counted.worstFirstMs, firstMs);
      counted.worstMs = Math.max(counted.worstMs, ...waited.map(({ endedMs }) => Math.round(endedMs - promotedMs)));
      [primary, next] = [next, after];
    }
    const writes = (await written.stop()).length;
    if (failovers > 1) console.log(`      ${JSON.stringify({ writes, ...counted })}`);
  });

  it("keeps connections from none but for a moment when the clock is set forward by more than roles hold", async () => {
    const server = await primaryNow();
    await serve([server]);
    await eventually("it serves", async () => (await ask()).role === "primary", 15_000);
    const { roles } = stage.paths;
    const stop = asking(40);
    // As HAProxy finds it then.
    await stage.haproxy.replaceEntries({ is: "map", path: roles }, await refreshedLongAgo(roles));
    await delay(3000);
    assert.deepEqual(others(await stop()), []);
  });

  it("has its role no longer once no agent has refreshed it for long, and has it again from the next agent", async () => {
    const server = await primaryNow();
    await serve([server]);
    await eventually("it serves", async () => (await ask()).role === "primary", 15_000);
    await stage.leave();
    const { roles } = stage.paths;
    const longAgo = await refreshedLongAgo(roles);
    await stage.haproxy.replaceEntries({ is: "map", path: roles }, longAgo);
    await eventually("it is down", async () => (await stage.health()).every(({ isUp }) => !isUp));
    await writeFile(roles, longAgo.join("\n"));
    stage = await openStage({ statsPort, checkSecrets: secrets, directory: stage.paths.directory });
    assert.equal(await serve([server]), "none");
    await eventually("it serves again", async () => (await ask()).role === "primary", 15_000);
  });
});
