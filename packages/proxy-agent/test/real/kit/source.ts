import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Connects from an address of this machine, or with a PROXY line from any; undefined: it was refused. The connection lasts
 * until it is destroyed.
 */
export async function connectFrom(localAddress: string, port: number, told?: string): Promise<Socket | undefined> {
  const socket = connect({ host: "127.0.0.1", port, localAddress });
  socket.on("error", () => undefined);
  if (told !== undefined) socket.write(proxyLine(told));
  const isServed = await Promise.race([
    once(socket, "data").then(() => true),
    once(socket, "close").then(() => false),
  ]).catch(() => false);
  if (isServed) return socket;
  socket.destroy();
  return undefined;
}

/** How many of its connections a source got, and how long it took to offer them: longer on a busy machine. */
export type Offered = {
  readonly served: number;
  readonly refused: number;
  readonly seconds: number;
  /** How many at most of those that were served began within one second. */
  readonly mostInASecond: number;
  /** How much later than it should one of them was offered. */
  readonly lateMs: number;
};

/** Opens so many connections a second, evenly, however long the others take. */
export async function offerFrom(
  localAddress: string,
  port: number,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<Offered> {
  const begun = performance.now();
  const all: Promise<number | undefined>[] = [];
  let lateMs = 0;
  for (let count = 0; count < perSecond * seconds; count += 1) {
    const dueAt = begun + (count * 1000) / perSecond;
    await delay(dueAt - performance.now());
    const startMs = performance.now();
    lateMs = Math.max(lateMs, startMs - dueAt);
    all.push(connectFrom(localAddress, port).then((socket) => socket?.destroy() && startMs));
  }
  const served = (await Promise.all(all)).filter((startMs) => startMs !== undefined);
  const inSecondFrom = (first: number) => served.filter((each) => each >= first && each < first + 1000).length;
  return {
    served: served.length,
    refused: all.length - served.length,
    mostInASecond: Math.max(0, ...served.map(inSecondFrom)),
    seconds: Math.max(seconds, (performance.now() - begun) / 1000),
    lateMs,
  };
}

/** Who answers a client at an address of this machine, or of the one that a PROXY line tells; "": nobody. */
export async function whoAnswersFrom(localAddress: string, port: number, told?: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, localAddress });
  socket.on("error", () => undefined);
  if (told !== undefined) socket.write(proxyLine(told));
  const answered = once(socket, "data").then(([chunk]: string[]) => String(chunk));
  const who = await Promise.race([answered, once(socket, "close").then(() => "")]).catch(() => "");
  socket.destroy();
  return who.trim();
}

function proxyLine(told: string): string {
  return `PROXY TCP${told.includes(":") ? "6 " : "4 "}${told} ${told} 1 1\r\n`;
}
