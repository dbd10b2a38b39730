import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { text } from "node:stream/consumers";
import { type HttpApp, serveHttp } from "@fairway/program";
import { Hono } from "hono";
import { startStopwatch } from "../../../test/lab/stalled.ts";

const listen = { host: "127.0.0.1", port: 17_380 };

function open(source: string): Socket {
  return connect({ host: listen.host, port: listen.port, localAddress: source }).on("error", () => undefined);
}

async function ask(source: string): Promise<string> {
  const socket = open(source);
  await once(socket, "connect");
  socket.write("GET / HTTP/1.0\r\n\r\n");
  return text(socket);
}

describe("a server with a limit for each source", () => {
  const stop = new AbortController();
  let closed: Promise<void>;

  before(async () => {
    const app: HttpApp = new Hono();
    app.get("/", (c) => c.text("hello"));
    const service = { app, listen, maxConnections: 64, maxConnectionsOfSource: 4 };
    ({ closed } = await serveHttp(service, stop.signal));
  });

  after(async () => {
    stop.abort();
    await closed;
  });

  it("answers others while one keeps 64 silent connections open, and that one with the rest of its share", async () => {
    const silent = Array.from({ length: 64 }, () => open("127.0.0.2"));
    await Promise.all(silent.map((socket) => once(socket, "connect")));
    await delay(100);
    const tookMs = startStopwatch(1000);
    const answers = await Promise.all(Array.from({ length: 32 }, (_, at) => ask(`127.0.0.${10 + at}`)));
    assert.equal(answers.filter((answer) => answer.endsWith("hello")).length, 32);
    assert.ok(tookMs() < 1000);
    assert.equal(silent.filter((socket) => !socket.destroyed).length, 4);
    for (const socket of silent) socket.destroy();
    await delay(100);
    assert.match(await ask("127.0.0.2"), /hello$/);
  });
});
