import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { Made } from "./certificates.ts";

/** What a server has seen: handshakes that came through, for which names, and that did not. */
type Counts = { readonly secured: number; readonly failed: number; readonly names: readonly string[] };

/** A TLS server on loopback that says its name and a newline to everybody, then echoes. */
export type TlsEchoServer = {
  readonly port: number;
  readonly counts: () => Counts;
  readonly close: () => Promise<void>;
};

export async function tlsEchoServer(name: string, { certificate: cert, key }: Made): Promise<TlsEchoServer> {
  let [secured, failed] = [0, 0];
  const names = new Set<string>();
  const sockets = new Set<Socket>();
  const server = createServer({ cert, key }, (socket: TLSSocket) => {
    secured += 1;
    names.add(String((socket as { servername?: string | false }).servername));
    socket.on("error", () => socket.destroy());
    socket.write(`${name}\n`);
    socket.pipe(socket);
  });
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.on("tlsClientError", () => (failed += 1));
  server.listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    if (server.listening) await once(server, "close");
  };
  const { port } = server.address() as AddressInfo;
  return { port, counts: () => ({ secured, failed, names: [...names] }), close };
}
