import { once } from "node:events";
import { connect } from "node:net";

/** A redis that tells its name to whoever asks, also after a restart. */
export function namedRedis(name: string, ...more: readonly string[]): readonly string[] {
  return ["redis-server", "--save", "", "--dbfilename", name, ...more];
}

/** What to send to a {@link namedRedis}. */
export const nameQuestion = "CONFIG GET dbfilename\r\n";

/** The name in what came back to {@link nameQuestion}; undefined while it is not all there. */
export function nameIn(received: string): string | undefined {
  // Two bulk strings: the setting's name and its value, each after a line with its length.
  const [, , , , name, rest] = received.split("\r\n");
  return rest === undefined ? undefined : name;
}

/** Where to ask. */
export type Front = { readonly address: string; readonly port: number };

const answerWithinMs = 5000;

/** The name of the redis that answers a new connection; how it failed, in words, when none does. */
export async function whoAnswers({ address, port }: Front): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port }, () => socket.write(nameQuestion));
    let received = "";
    const end = (answer: string) => {
      resolve(answer);
      socket.destroy();
    };
    socket.setTimeout(answerWithinMs, () => end("no answer"));
    socket.on("data", (data: Buffer) => {
      received += data.toString();
      const name = nameIn(received);
      if (name !== undefined) end(name);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.once("close", () => end("closed without an answer"));
  });
}

/** How many of so many new connections, one after the other, each redis answered, by name. */
export async function countAnswers(front: Front, connections: number): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (let n = 0; n < connections; n += 1) {
    const name = await whoAnswers(front);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** The names that answer so many new connections, sorted. */
export async function namesAt(front: Front, connections = 12): Promise<readonly string[]> {
  return [...(await countAnswers(front, connections)).keys()].toSorted();
}

/** The address of this machine that connections to there come from. */
export async function sourceTowards({ address, port }: Front): Promise<string> {
  const socket = connect({ host: address, port });
  await once(socket, "connect");
  const { localAddress = "" } = socket;
  socket.destroy();
  return localAddress;
}
