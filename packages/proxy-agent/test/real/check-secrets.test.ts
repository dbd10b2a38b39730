import assert from "node:assert/strict";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePorts } from "../../../../test/free-ports.ts";
import { decide, facts } from "../facts.ts";
import { given, published } from "../given.ts";
import { eventually } from "./kit/client.ts";
import { redisServer, type RedisServer } from "./kit/redis-server.ts";
import { openStage, type Stage } from "./kit/stage.ts";
import { onLoopback } from "./kit/loopback.ts";

const kinds = [
  "redis",
  "redis-primary",
  "redis-replica",
  "postgres",
  "postgres-primary",
  "postgres-replica",
  "mysql",
  "smtp",
  "http:/",
  "tcp",
];

/** Keeps what it is told, and asks who logs in to PostgreSQL for the password in clear text. */
async function listenAndAsk(): Promise<{ readonly server: Server; readonly told: () => string }> {
  const chunks: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      socket.write(chunk.includes("user\0") ? Buffer.from("520000000800000003", "hex") : "-NOAUTH\r\n");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, told: () => Buffer.concat(chunks).toString("latin1") };
}

describe("the password of a service's checks", () => {
  const password = "s3cret-of-shop";
  let folder: string;
  let stage: Stage;
  let redis: RedisServer;
  let stranger: Awaited<ReturnType<typeof listenAndAsk>>;
  let fronts: number[];
  const file = () => join(folder, "shop", "redis");

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "fairway-secrets-"));
    await mkdir(join(folder, "shop"));
    await writeFile(file(), `${password}\n`, { mode: 0o600 });
    const [statsPort = 0, port = 0, ...free] = await freePorts(3 + kinds.length);
    fronts = free;
    [stage, redis, stranger] = await Promise.all([
      openStage({ statsPort, checkSecrets: folder }),
      redisServer("redis", port),
      listenAndAsk(),
    ]);
    await redis.say("CONFIG", "SET", "requirepass", password);
    await serve();
  });

  after(async () => {
    await stage.clear();
    stranger.server.close();
    await redis.kill();
    await rm(folder, { recursive: true });
  });

  /** A redis of shop's, and a stranger's containers: behind the same port, and with each kind of check. */
  async function serve(): Promise<void> {
    const { port: strangers } = stranger.server.address() as AddressInfo;
    const [shared = 0, ...others] = fronts;
    const records = given().node("node-1", { address: "198.18.0.1" });
    const add = (project: string, service: string, [front, port]: readonly [number, number], CHECK: string) =>
      records.service(project, service).endpoint({
        container: `${project}-${service}`,
        addresses: [published("198.18.0.1", port)],
        listen: [{ port: front, ssl: false }],
        settings: { CHECK },
      });
    add("shop", "redis", [shared, redis.port], "redis-primary");
    add("evil", "redis", [shared, strangers], "redis-primary");
    for (const [index, kind] of kinds.entries()) add("evil", `of-${index}`, [others[index] ?? 0, strangers], kind);
    const { rolesSocket, logins } = stage.paths;
    const checks = { logins, rolesSocket };
    const ownership = { ...facts.ownership, shared: [{ first: 1, last: 65_535 }] };
    const decided = decide(records, { addresses: ["127.0.0.1"], checks, ownership });
    assert.deepEqual(decided.rejections, []);
    const outcome = await stage.apply(stage.desired(decided.listeners.map(onLoopback)));
    assert.ok(outcome.ok, JSON.stringify(outcome));
  }

  const isUp = async () => (await stage.health()).some((server) => server.port === redis.port && server.isUp);

  it("logs HAProxy in, and no stranger's container sees a byte of it, whatever check it asks for", async () => {
    await eventually("redis is the primary", isUp, 10_000);
    // Checks of PostgreSQL by the agent, and some rounds of all others.
    await eventually("all were asked", () =>
      ["ROLE", "PING", "user\0fairway"].every((each) => stranger.told().includes(each)),
    );
    await delay(2500);
    assert.equal(stranger.told().includes(password), false);
    assert.equal(stranger.told().includes("AUTH"), false);
    const clear = "it wants the password in clear text or by MD5: give the user SCRAM";
    assert.equal(stage.roleNotes().filter((note) => note.endsWith(clear)).length, 2);
    const config = await readFile(stage.paths.config, "utf8");
    assert.deepEqual(
      [config.includes(password), config.includes(Buffer.from(password).toString("hex").toUpperCase())],
      [false, false],
    );
  });

  it("is read again when its file changes, without a reload; one that others may read is not taken", async () => {
    const before = await stage.processes();
    const change = await redisSays(redis, password, "CONFIG SET requirepass another-one");
    assert.equal(change, "+OK");
    await eventually("the old one is of no use", async () => !(await isUp()), 10_000);
    await writeFile(file(), "another-one");
    await eventually("the new one is", isUp, 10_000);
    assert.deepEqual(await stage.processes(), before);
    await chmod(file(), 0o644);
    const note = "CHECK_SECRETS, shop/redis: others may read it: chmod 600";
    await eventually("it is told", () => stage.roleNotes().includes(note), 10_000);
    assert.ok(await isUp());
  });
});

/** Says something after a login. */
async function redisSays({ port }: RedisServer, password: string, line: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.write(`AUTH ${password}\r\n${line}\r\n`);
  let text = "";
  for await (const chunk of socket) {
    text += String(chunk);
    if (text.split("\r\n").length > 2) break;
  }
  return text.split("\r\n")[1] ?? "";
}
