import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { eventually as inLab } from "../../../../../test/lab/eventually.ts";

/** Connects and returns which server answered. Rejects when nobody does within 3 s. */
export async function whoAnswers(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port });
  try {
    return await line(socket);
  } finally {
    socket.destroy();
  }
}

/** Every server that answered one of `count` connections, sorted. */
export async function allWhoAnswer(port: number, count = 12): Promise<readonly string[]> {
  const names = new Set<string>();
  for (let index = 0; index < count; index += 1) names.add(await whoAnswers(port));
  return [...names].sort();
}

/** A connection that lasts. */
export type LastingConnection = {
  readonly server: string;
  /** Sends a word and resolves once it came back. Rejects when the connection is gone. */
  readonly echoes: (word: string) => Promise<void>;
  readonly isOpen: () => boolean;
  readonly close: () => void;
};

export async function connectLasting(port: number): Promise<LastingConnection> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.on("error", () => socket.destroy());
  const server = await line(socket);
  const echoes = async (word: string) => {
    socket.write(`${word}\n`);
    const back = await line(socket);
    if (back !== word) throw new Error(`sent ${word}, got ${back}`);
  };
  return { server, echoes, isOpen: () => !socket.destroyed && socket.readable, close: () => void socket.destroy() };
}

/** Connects again and again until stopped, and counts. */
export type Load = { readonly stop: () => Promise<{ readonly tried: number; readonly failures: readonly string[] }> };

/** Opens a connection every `everyMs`, however long the others take, and wants an answer on each. */
export function load(port: number, everyMs = 5): Load {
  const pending = new Set<Promise<void>>();
  const failures: string[] = [];
  let tried = 0;
  const timer = setInterval(() => {
    tried += 1;
    const one: Promise<void> = whoAnswers(port)
      .then(() => undefined)
      .catch((error: Error) => void failures.push(error.message))
      .finally(() => pending.delete(one));
    pending.add(one);
  }, everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(pending);
      return { tried, failures };
    },
  };
}

/** Resolves once something is so; rejects after `limitMs`, naming what was awaited. */
export async function eventually(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  limitMs = 10_000,
): Promise<void> {
  await inLab(isSo, { within: limitMs, every: 10 }).catch((error: Error) => {
    throw new Error(`${what}: ${error.message}`, { cause: error });
  });
}

async function line(socket: Socket): Promise<string> {
  const chunks: string[] = [];
  const late = AbortSignal.timeout(3000);
  for (;;) {
    const closed = new AbortController();
    const onClose = () => closed.abort(new Error("closed without an answer"));
    socket.once("close", onClose);
    try {
      if (socket.destroyed) onClose();
      const [chunk] = (await once(socket, "data", { signal: AbortSignal.any([late, closed.signal]) })) as [Buffer];
      chunks.push(chunk.toString());
    } catch (error) {
      throw closed.signal.aborted || late.aborted ? new Error("no answer", { cause: error }) : error;
    } finally {
      socket.off("close", onClose);
    }
    const text = chunks.join("");
    if (text.endsWith("\n")) return text.trimEnd();
  }
}
