import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { eventually } from "./client.ts";

/** A redis on loopback. */
export type RedisServer = {
  readonly name: string;
  readonly port: number;
  /** Sends a command over a connection of its own; the first line of the answer. */
  readonly say: (...words: readonly string[]) => Promise<string>;
  readonly kill: () => Promise<void>;
};

/** Starts one; with `of`, as a replica of the one at that port. Resolves once it answers. */
export async function redisServer(name: string, port: number, of?: number): Promise<RedisServer> {
  const replica = of === undefined ? [] : ["--replicaof", "127.0.0.1", String(of)];
  const words = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", "/tmp", "--appendonly", "no"];
  const redis = spawn("redis-server", [...words, "--dbfilename", `${name}-${port}.rdb`, ...replica], {
    stdio: "ignore",
  });
  const say = (...said: readonly string[]) => sayTo(port, said.join(" "));
  await eventually(`redis ${name} answers`, async () => (await say("PING").catch(() => "")) === "+PONG");
  const kill = async () => {
    if (redis.exitCode !== null || redis.signalCode !== null) return;
    redis.kill("SIGKILL");
    await once(redis, "exit");
  };
  return { name, port, say, kill };
}

/** Sends a line over a new connection; the first line of the answer. Rejects when there is none within 8 s. */
export async function sayTo(port: number, line: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port });
  try {
    socket.write(`${line}\r\n`);
    let text = "";
    socket.on("error", () => undefined);
    socket.setTimeout(8000, () => socket.destroy());
    for await (const chunk of socket) {
      text += String(chunk);
      if (text.includes("\r\n")) return text.slice(0, text.indexOf("\r\n"));
    }
    throw new Error("closed without an answer");
  } finally {
    socket.destroy();
  }
}
