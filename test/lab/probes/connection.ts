import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";

/** A connection that lives on, to show that nobody ends it. */
export type HeldConnection = {
  /** Sends a word that comes back; throws when the connection has ended or does not answer in time. */
  readonly echo: (withinMs?: number) => Promise<void>;
  readonly hasEnded: () => boolean;
  readonly close: () => void;
};

/** Opens a connection to something that echoes: redis (by ECHO) or a plain echo server. */
export async function holdConnection(host: string, port: number): Promise<HeldConnection> {
  const socket = connect({ host, port }).unref();
  await once(socket, "connect");
  let received = "";
  let ended = false;
  const end = () => {
    ended = true;
  };
  socket
    .on("data", (data: Buffer) => (received += data.toString()))
    .on("end", end)
    .on("error", end)
    .on("close", end);
  const echo = async (withinMs = 5000) => {
    const word = randomUUID();
    const signal = AbortSignal.timeout(withinMs);
    socket.write(`ECHO ${word}\r\n`);
    while (!received.includes(word)) {
      if (ended) throw new Error(`the connection to ${host}:${port} has ended`);
      await Promise.race([once(socket, "data", { signal }), once(socket, "close", { signal })]);
    }
    received = "";
  };
  return { echo, hasEnded: () => ended, close: () => socket.destroy() };
}
