import { createServer } from "node:net";
import type { BindAddress } from "@fairway/program";
import { findHolders, SocketLook } from "./holding-processes.ts";

/** What is found at an address. */
export type Finding =
  /** It can be bound, or our own HAProxy has it already. */
  | { readonly kind: "free" }
  /** Other programs listen there; their sockets' inodes. */
  | { readonly kind: "held"; readonly inodes: readonly string[] }
  /** It cannot be bound; the rest of a sentence that begins with the address. */
  | { readonly kind: "refused"; readonly reason: string };

/** `address:port` as one word. */
export function bindKey({ address, port }: BindAddress): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * Binds an address itself, briefly, because `haproxy -c` does not see a taken port and a reload onto one pauses every
 * listener. Not where somebody listens: in that moment he could be starting again.
 */
export async function probeAddress(bind: BindAddress, look: SocketLook): Promise<Finding> {
  const { isOurs, foreign, isSure } = look.at(bind);
  if (isSure) return { kind: "held", inodes: foreign };
  const code = isOurs ? undefined : await tryBind(bind);
  if (code === undefined) return { kind: "free" };
  if (foreign.length > 0) return { kind: "held", inodes: foreign };
  if (code !== "EADDRINUSE") return { kind: "refused", reason: `cannot be bound: ${wordsOf(code)}` };
  const peer = look.connectionAt(bind);
  if (peer === undefined) return { kind: "refused", reason: `is held by ${stranger}` };
  return { kind: "refused", reason: `is in use by a connection of this machine to ${peer}` };
}

/** Who holds a socket that this agent may not look for. */
export const stranger = "a process that this agent may not look into";

/** How long the process that holds a taken port is looked for. */
const findHolderMs = 2000;

/** Why an address cannot be bound now, and by whom it is held where that can be read; undefined: it can. */
export async function probeBind(bind: BindAddress): Promise<string | undefined> {
  const finding = await probeAddress(bind, await SocketLook.take([]));
  if (finding.kind === "free") return undefined;
  if (finding.kind === "refused") return `${bindKey(bind)} ${finding.reason}`;
  const { holders } = await findHolders(new Set(finding.inodes), findHolderMs);
  const [holder] = holders.values();
  return `${bindKey(bind)} is held by ${holder ? `${holder.name} (pid ${holder.pid})` : stranger}`;
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
