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
import { PostgresServers, type PostgresServer } from "./kit/postgres-servers.ts";
import { openStage, type Stage } from "./kit/stage.ts";
import { onLoopback } from "./kit/loopback.ts";

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
    [statsPort = 0, front = 0, ...ports] = await freePorts(8);
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
    const facts = { addresses: ["127.0.0.1"], maxconn: 1000, checks: { logins: undefined, rolesSocket } };
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
    assert.ok(failed.length <= 2 + (deadMs - killedMs) / 40, JSON.stringify(failed));
    const waited = all.filter(({ begunMs }) => begunMs > deadMs && begunMs < promotedMs);
    assert.ok(waited.length > 0 && waited.every(({ endedMs }) => endedMs > promotedMs), JSON.stringify(waited));
    const lateMs = Math.max(...waited.map(({ endedMs }) => endedMs - takenMs));
    assert.ok(lateMs < 1000 + stalledMs, `${lateMs} ms after the promotion`);
    assert.equal(await second.sql("SELECT pg_is_in_recovery()"), "f");
  });
});
