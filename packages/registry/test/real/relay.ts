import { once } from "node:events";
import { type AddressInfo, createServer, connect, type Socket } from "node:net";

/** A way to etcd that can be long, and that sees what is sent on it. */
export type Relay = {
  readonly endpoint: string;
  /** Pings of HTTP/2 that clients have sent of their own accord. */
  readonly pings: () => number;
  /** Connections that are open. */
  readonly connections: () => number;
  readonly close: () => void;
};

/** Opens a way of loopback to a member of etcd on which everything takes so long each way. */
export async function openRelay(endpoint: string, oneWayMs = 0): Promise<Relay> {
  const open = new Set<Socket>();
  let pings = 0;
  const server = createServer((near) => {
    const far = connect(Number(new URL(endpoint).port), "127.0.0.1");
    const count = pingCounter(() => (pings += 1));
    near.on("data", count);
    for (const [from, to] of [[near, far] as const, [far, near] as const]) {
      open.add(from);
      from.on("data", (chunk) => void setTimeout(() => to.write(chunk), oneWayMs));
      from.on("error", () => undefined);
      from.on("close", () => {
        open.delete(from);
        setTimeout(() => to.destroy(), oneWayMs);
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pings: () => pings,
    connections: () => open.size / 2,
    close: () => {
      server.close();
      for (const each of open) each.destroy();
    },
  };
}

const prefaceBytes = 24;
const headBytes = 9;
const pingType = 6;
const isAnswer = 1;

/** Reads the frames of a client's side of HTTP/2 (RFC 9113). */
function pingCounter(onPing: () => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  let skip = prefaceBytes;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= skip + headBytes) {
      const head = rest.subarray(skip, skip + headBytes);
      if (head[3] === pingType && ((head[4] ?? 0) & isAnswer) === 0) onPing();
      rest = rest.subarray(skip + headBytes);
      skip = head.readUIntBE(0, 3);
    }
  };
}
