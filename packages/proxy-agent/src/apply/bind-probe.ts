import { createServer } from "node:net";
import { holderOf, isInTheWay, listeningSockets, socketsOf } from "./listening-sockets.ts";

/** A local address to listen on: `0.0.0.0`, `::` (IPv6 alone) or one address. */
export type BindAddress = { readonly address: string; readonly port: number };

/** `address:port` as one word. */
export function bindKey({ address, port }: BindAddress): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * Binds an address itself, briefly, because `haproxy -c` does not see a taken port and a reload onto one pauses every
 * listener. Undefined: it is free, or only processes of `own` (our HAProxy's) hold it. Else a sentence saying why it
 * cannot be had, and by whom it is held where that can be read.
 */
export async function probeBind(bind: BindAddress, own: readonly number[]): Promise<string | undefined> {
  const code = await tryBind(bind);
  if (code === undefined) return undefined;
  if (code !== "EADDRINUSE") return `${bindKey(bind)} cannot be bound: ${wordsOf(code)}`;
  const inodes = (await listeningSockets()).filter((socket) => isInTheWay(socket, bind)).map(({ inode }) => inode);
  const ours = new Set((await Promise.all(own.map(socketsOf))).flatMap((held) => [...held]));
  const foreign = new Set(inodes.filter((inode) => !ours.has(inode)));
  if (foreign.size === 0 && inodes.length > 0) return undefined;
  const holder = await holderOf(foreign);
  const who = holder ? `${holder.name} (pid ${holder.pid})` : "a process that this agent may not look into";
  return `${bindKey(bind)} is held by ${who}`;
}

/** The code of the error that binding ends in. */
function tryBind({ address, port }: BindAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: address, port, ipv6Only: address === "::", exclusive: true }, () => {
      server.close(() => resolve(undefined));
    });
  });
}

function wordsOf(code: string): string {
  if (code === "EADDRNOTAVAIL") return "this machine has no such address";
  if (code === "EACCES") return "ports below 1024 need a privilege that this agent does not have";
  return code;
}
