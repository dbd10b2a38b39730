import assert from "node:assert/strict";
import type { Listener } from "@fairway/haproxy";
import { freePorts } from "../../../../../test/free-ports.ts";
import type { ListenerFacts } from "../../../src/desired/desired.ts";
import { decide } from "../../facts.ts";
import { given, published } from "../../given.ts";
import { redisServer, sayTo, type RedisServer } from "./redis-server.ts";
import { openStage, type Stage } from "./stage.ts";
import { onLoopback } from "./loopback.ts";
import { steadyWrites, timed, type Said } from "./steady-writes.ts";

/** Redis servers behind one listener that checks them by name. */
export class RedisStage {
  readonly front: number;
  stage: Stage;
  readonly #statsPort: number;
  readonly #ports: number[];
  readonly #redises: RedisServer[] = [];

  private constructor(stage: Stage, statsPort: number, [front = 0, ...ports]: readonly number[]) {
    this.stage = stage;
    this.front = front;
    this.#statsPort = statsPort;
    this.#ports = ports;
  }

  /** `most`: so many servers may be started. */
  static async open(most = 14): Promise<RedisStage> {
    const [statsPort = 0, ...ports] = await freePorts(most + 2);
    return new RedisStage(await openStage({ statsPort }), statsPort, ports);
  }

  async close(): Promise<void> {
    await this.stage.clear();
    await Promise.all(this.#redises.map((redis) => redis.kill()));
  }

  /** One more; without `of` a primary. */
  async start(name: string, of?: RedisServer): Promise<RedisServer> {
    const redis = await redisServer(name, this.#ports.shift() ?? 0, of?.port);
    this.#redises.push(redis);
    return redis;
  }

  /** One that was killed, at its former port, with nothing of what it had. */
  async restart({ name, port }: Pick<RedisServer, "name" | "port">): Promise<RedisServer> {
    const redis = await redisServer(name, port);
    this.#redises.push(redis);
    return redis;
  }

  /** The listener that the agent makes of these, each a container of its own. */
  listenerOf(
    some: readonly Pick<RedisServer, "name" | "port">[],
    settings: Readonly<Record<string, string>> = { CHECK: "redis-primary" },
    facts: Partial<ListenerFacts> = {},
  ): Listener {
    const records = given().node("node-1", { address: "198.18.0.1" }).service("shop", "redis");
    for (const { name, port } of some) {
      records.endpoint({
        container: name,
        addresses: [published("198.18.0.1", port)],
        listen: [{ port: this.front, ssl: false }],
        settings,
      });
    }
    const [listener] = decide(records, { addresses: ["127.0.0.1"], maxconn: 1000, ...facts }).listeners;
    assert.ok(listener);
    return onLoopback(listener);
  }

  /** Has the agent serve them; how that was done. */
  async serve(...listener: Parameters<RedisStage["listenerOf"]>): Promise<string> {
    const outcome = await this.stage.apply(this.stage.desired([this.listenerOf(...listener)]));
    assert.ok(outcome.ok, JSON.stringify(outcome));
    return outcome.how;
  }

  /** Another agent in place of this one, which is gone: HAProxy goes on. */
  async takeOver(): Promise<void> {
    await this.stage.leave();
    this.stage = await openStage({ statsPort: this.#statsPort, directory: this.stage.paths.directory });
  }

  /** Says something through the listener over a new connection. */
  say(line: string): Promise<Said> {
    return timed(() => sayTo(this.front, line));
  }

  /** Writes over a new connection every `everyMs`, however long the others take, until stopped. */
  writes(everyMs: number) {
    return steadyWrites(everyMs, () => this.say("INCR writes"));
  }
}

/** True for a write that was done. */
export function isDone({ answer }: Said): boolean {
  return answer.startsWith(":");
}
