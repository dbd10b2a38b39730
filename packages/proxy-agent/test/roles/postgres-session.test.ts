import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { PostgresSession } from "../../src/roles/postgres-session.ts";

const notice = Buffer.from("4e0000000500", "hex");
const isIn = Buffer.from("520000000800000000", "hex");
const isReady = Buffer.from("5a0000000549", "hex");

/** Tells everybody something every 5 ms; lets them in first if it is to. */
async function chatter(letsIn: boolean): Promise<Server> {
  const tell = (socket: Socket) => {
    const timer = setInterval(() => socket.write(notice), 5);
    socket.on("close", () => clearInterval(timer)).on("error", () => undefined);
    socket.once("data", () => void (letsIn && socket.write(Buffer.concat([isIn, isReady]))));
  };
  const server = createServer(tell).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

describe("a session with a PostgreSQL that goes on saying something", () => {
  let server: Server;
  const open = (patience: { readonly loginMs: number; readonly answerMs: number }) => {
    const { port } = server.address() as AddressInfo;
    return PostgresSession.open({ ip: "127.0.0.1", port, password: undefined }, patience);
  };

  afterEach(() => server.close());

  it("is given up when a login should be over and nobody is let in", async () => {
    server = await chatter(false);
    await assert.rejects(open({ loginMs: 200, answerMs: 60_000 }), /^Error: it takes longer than 200 ms$/);
  });

  it("is given up and closed when a question should have been answered and is not", async () => {
    server = await chatter(true);
    const session = await open({ loginMs: 60_000, answerMs: 200 });
    const ended = new Promise<void>((resolve) => session.onEnd(resolve));
    await assert.rejects(session.isInRecovery(), /^Error: it takes longer than 200 ms$/);
    await ended;
  });
});
