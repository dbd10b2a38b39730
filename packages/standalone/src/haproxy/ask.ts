import { connect } from "node:net";

const answerWithinMs = 5000;

/** Asks HAProxy one command over a socket of its runtime interface. Throws when it does not answer within 5 s. */
export async function ask(socketPath: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(socketPath, () => socket.end(`${command}\n`));
    socket.setTimeout(answerWithinMs, () => socket.destroy(new Error(`HAProxy does not answer on ${socketPath}`)));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.once("end", () => resolve(Buffer.concat(chunks).toString()));
    socket.once("error", reject);
  });
}
