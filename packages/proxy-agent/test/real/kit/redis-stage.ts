import assert from "node:assert/strict";
import type { Listener } from "@fairway/haproxy";
import { freePorts } from "../../../../../test/free-ports.ts";
import type { ListenerFacts } from "../../../src/desired/desired.ts";
import { decide } from "../../facts.ts";
import { given, published } from "../../given.ts";
import { redisServer, sayTo, type RedisServer } from "./redis-server.ts";
import { openStage, type Stage } from "./stage.ts";
import { onLoopback } from "./loopback.ts";

/** One write, or whatever else was said, over a connection of its own. */
export type Said = { readonly begunMs: number; readonly endedMs: number; readonly answer: string };

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

  static async open(): Promise<RedisStage> {
    const [statsPort = 0, ...ports] = await freePorts(16);
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
  async say(line: string): Promise<Said> {
    const begunMs = performance.now();
    const answer = await sayTo(this.front, line).catch((error: Error) => error.message);
    return { begunMs, endedMs: performance.now(), answer };
  }

  /** Writes over a new connection every `everyMs`, however long the others take, until stopped. */
  writes(everyMs: number) {
    const said: Said[] = [];
    const pending = new Set<Promise<void>>();
    const timer = setInterval(() => {
      const one: Promise<void> = this.say("INCR writes")
        .then((each) => void said.push(each))
        .finally(() => pending.delete(one));
      pending.add(one);
    }, everyMs);
    const stop = async () => {
      clearInterval(timer);
      await Promise.all(pending);
      return said;
    };
    return { said, pending, stop };
  }
}

/** True for a write that was done. */
export function isDone({ answer }: Said): boolean {
  return answer.startsWith(":");
}
