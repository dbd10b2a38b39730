import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLabels } from "@fairway/contract";
import { parse } from "yaml";
import { freePorts } from "../../../../test/free-ports.ts";
import { PostgresSession } from "../../src/roles/postgres-session.ts";
import { decide } from "../facts.ts";
import { given, published } from "../given.ts";
import { eventually } from "./kit/client.ts";
import { onLoopback } from "./kit/loopback.ts";
import { PostgresServers } from "./kit/postgres-servers.ts";
import { writeTo } from "./kit/postgres-write.ts";
import { mariadb } from "./kit/real-servers.ts";
import { redisServer, sayTo } from "./kit/redis-server.ts";
import { openStage, type Stage } from "./kit/stage.ts";

type Services = Readonly<Record<string, { readonly labels: Readonly<Record<string, string>> }>>;
type Running = { readonly service: string; readonly name: string; readonly port: number };

const page = new URL("../../../../docs/databases.md", import.meta.url);

/** The services of the first example below a heading of the page, and what the one after it says besides. */
async function recipe(heading: string, more = 0): Promise<Services> {
  const [, section = ""] = (await readFile(page, "utf8")).split(`\n## ${heading}\n`);
  const blocks = [...(section.split("\n## ")[0] ?? "").matchAll(/```yaml\n([^]*?)```/g)].map(([, text = ""]) => text);
  return (parse(blocks[more] ?? assert.fail(`no example: ${heading}`)) as { readonly services: Services }).services;
}

describe("the recipe of the page on databases", () => {
  let stage: Stage;
  let secrets: string;
  let ports: number[];
  /** Free ports in place of those that labels name. */
  const fronts = new Map<number, number>();
  const front = (port: number) => fronts.get(port) ?? assert.fail(`nothing listens on ${port}`);

  beforeEach(async () => {
    secrets = await mkdtemp(join(tmpdir(), "fairway-secrets-"));
    const [statsPort = 0, ...free] = await freePorts(8);
    ports = free;
    fronts.clear();
    stage = await openStage({ statsPort, checkSecrets: secrets });
  });

  afterEach(async () => {
    await stage.clear();
    await rm(secrets, { recursive: true });
  });

  const frontOf = (port: number) => {
    const own = fronts.get(port) ?? ports.shift() ?? 0;
    fronts.set(port, own);
    return own;
  };

  /** Has the agent serve what runs by the labels of its service. */
  async function serve(services: Services, running: readonly Running[]): Promise<void> {
    const records = given().node("node-1", { address: "198.18.0.1" });
    for (const { service, name, port } of running) {
      const { labels } = services[service] ?? assert.fail(`no service ${service}`);
      const { ports: listened, settings, rejections } = readLabels(labels);
      assert.deepEqual(rejections, []);
      const listen = [...listened.values()].flat().map((each) => ({ port: frontOf(each.port), ssl: false }));
      const own = Object.entries(settings).map(([key, value]) => {
        return [key.replace(/\d+$/, (text) => String(frontOf(Number(text)))), value] as const;
      });
      const addresses = [published("198.18.0.1", port)];
      records
        .service("shop", service)
        .endpoint({ container: name, addresses, listen, settings: Object.fromEntries(own) });
    }
    const checks = { logins: undefined, rolesSocket: stage.paths.rolesSocket };
    const { listeners, rejections } = decide(records, { addresses: ["127.0.0.1"], maxconn: 1000, checks });
    assert.deepEqual(rejections, []);
    const outcome = await stage.apply(stage.desired(listeners.map(onLoopback)));
    assert.ok(outcome.ok, JSON.stringify(outcome));
  }

  it("for redis has writes on one port and reads on another", async () => {
    const [a = 0, b = 0] = ports.splice(0, 2);
    const primary = await redisServer("aa", a);
    const replica = await redisServer("bb", b, a);
    const { redis } = await recipe("Redis: writes go to the primary");
    const { redis: onTwo } = await recipe("Redis: writes go to the primary", 1);
    assert.deepEqual(redis, { ...redis, labels: { ...redis?.labels, "aliyun.proxy.CHECK": "redis-primary" } });
    const running = [primary, replica].map(({ name, port }) => ({ service: "redis", name, port }));
    try {
      await serve({ redis: onTwo ?? assert.fail() }, running);
      for (let n = 0; n < 10; n += 1) assert.match(await sayTo(front(6379), "INCR writes"), /^:/);
      await eventually("replicas serve", async () => (await sayTo(front(6380), "ROLE").catch(() => "")) === "*5");
      assert.match(await sayTo(front(6380), "INCR writes"), /^-READONLY/);
    } finally {
      await Promise.all([primary.kill(), replica.kill()]);
    }
  });

  it("for PostgreSQL has writes on one port and reads on another", async () => {
    const [a = 0, b = 0] = ports.splice(0, 2);
    const servers = await PostgresServers.open();
    try {
      const primary = await servers.primary("aa", a);
      const replica = await servers.replica("bb", b, primary);
      await mkdir(join(secrets, "shop"));
      await writeFile(join(secrets, "shop", "postgres"), `${servers.password}\n`, { mode: 0o600 });
      const running = [primary, replica].map(({ name, port }) => ({ service: "postgres", name, port }));
      await serve(await recipe("PostgreSQL: writes go to the primary"), running);
      for (let n = 0; n < 10; n += 1) assert.equal(await writeTo(front(5432)), "done");
      const isReplica = async () => {
        const server = { ip: "127.0.0.1", port: front(5433), password: servers.password };
        const session = await PostgresSession.open(server, { loginMs: 8000, answerMs: 8000 });
        return session.isInRecovery().finally(() => session.close());
      };
      await eventually("replicas serve", isReplica, 15_000);
    } finally {
      await servers.close();
    }
  });

  it("for MariaDB has the primary on one port, and on another the replicas that are alive", async () => {
    const all = await Promise.all(ports.splice(0, 3).map((port) => mariadb(port)));
    const running = all.map(({ port }, at) => ({
      service: at === 0 ? "mariadb" : "mariadb-replica",
      name: ["aa", "bb", "cc"][at] ?? "",
      port,
    }));
    const upAt = async (port: number) =>
      (await stage.health()).filter(({ listener, isUp }) => listener === front(port) && isUp).length;
    try {
      await serve(await recipe("MariaDB and MySQL with replicas"), running);
      const areUp = (primaries: number, replicas: number) =>
        eventually("they are", async () => (await upAt(3306)) === primaries && (await upAt(3307)) === replicas, 30_000);
      await areUp(1, 2);
      assert.match(await greeting(front(3306)), /MariaDB/);
      await all[1]?.close();
      await areUp(1, 1);
      assert.match(await greeting(front(3307)), /MariaDB/);
      await all[0]?.close();
      await areUp(0, 1);
      assert.equal(await greeting(front(3306)), "");
    } finally {
      await Promise.all(all.map((each) => each.close()));
    }
  });
});

/** What a server says first; nothing where the connection is closed. */
async function greeting(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port });
  try {
    const signal = AbortSignal.timeout(10_000);
    const closed = once(socket, "close", { signal }).then(() => [Buffer.alloc(0)]);
    const [bytes] = (await Promise.race([once(socket, "data", { signal }), closed])) as [Buffer];
    return bytes.toString("latin1");
  } finally {
    socket.destroy();
  }
}
