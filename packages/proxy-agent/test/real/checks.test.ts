import assert from "node:assert/strict";
import { freePorts } from "../../../../test/free-ports.ts";
import { decide } from "../facts.ts";
import { given, published } from "../given.ts";
import { eventually } from "./kit/client.ts";
import { echoServer, type EchoServer } from "./kit/echo-server.ts";
import { mariadb, nginx, postgres, smtp, type RealServer } from "./kit/real-servers.ts";
import { redisServer, type RedisServer } from "./kit/redis-server.ts";
import { openStage, type Stage } from "./kit/stage.ts";
import { onLoopback } from "./kit/loopback.ts";

describe("CHECK, against real servers,", () => {
  let stage: Stage;
  let servers: RealServer[];
  let redis: RedisServer;
  let stranger: EchoServer;
  let fronts: number[];
  let ports: Record<string, number>;

  before(async () => {
    const [statsPort = 0, ...free] = await freePorts(16);
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = free;
    fronts = free.slice(6);
    ports = { redis: a, postgres: b, mysql: c, smtp: d, "http:/health": e, ssl: f, "http:/other": e, tcp: a };
    const starting = [postgres(b), mariadb(c), smtp(d), nginx(e, f)];
    [stage, redis, stranger, ...servers] = await Promise.all([
      openStage({ statsPort }),
      redisServer("redis", a),
      echoServer("stranger"),
      ...starting,
    ]);
  });

  after(async () => {
    await stage.clear();
    await Promise.all([redis.kill(), stranger.close(), ...servers.map((each) => each.close())]);
  });

  it("finds each server of its kind up, and down what says something else", async () => {
    const records = given().node("node-1", { address: "198.18.0.1" });
    for (const [index, [CHECK, port]] of Object.entries(ports).entries()) {
      records.service("shop", `service-${index}`);
      for (const [container, at] of [["real", port] as const, ["stranger", stranger.port] as const]) {
        records.endpoint({
          container: `${container}-${index}`,
          addresses: [published("198.18.0.1", at)],
          listen: [{ port: fronts[index] ?? 0, ssl: false }],
          settings: { CHECK },
        });
      }
    }
    const checkOptions = ["check", "inter", "200ms", "rise", "1", "fall", "1"];
    const decided = decide(records, { addresses: ["127.0.0.1"], checkOptions });
    assert.deepEqual(decided.rejections, []);
    const outcome = await stage.apply(stage.desired(decided.listeners.map(onLoopback)));
    assert.ok(outcome.ok, JSON.stringify(outcome));
    const expected = Object.keys(ports).map((CHECK) => {
      if (CHECK === "tcp") return "tcp: real, stranger";
      return CHECK === "http:/other" ? "http:/other: " : `${CHECK}: real`;
    });
    let up: readonly string[] = [];
    const isAsExpected = async () => {
      const health = (await stage.health()).filter(({ isUp }) => isUp);
      up = Object.keys(ports).map((CHECK, index) => {
        const there = health.filter(({ listener }) => listener === fronts[index]);
        const names = there.map(({ port }) => (port === stranger.port ? "stranger" : "real"));
        return `${CHECK}: ${names.sort().join(", ")}`;
      });
      return up.join("; ") === expected.join("; ");
    };
    await eventually("they are", isAsExpected, 20_000).catch(() => assert.deepEqual(up, expected));
    // The checks go on, and nothing blocks who checks.
    for (let look = 0; look < 10; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.ok(await isAsExpected(), up.join("; "));
    }
  });
});
