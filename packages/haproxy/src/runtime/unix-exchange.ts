import { connect } from "node:net";

/** What one exchange over a unix socket needs. */
export type Exchange = {
  readonly path: string;
  /** Sent at once; its last line should make the other side hang up. */
  readonly text: string;
  /** True ends our side of the connection after `text`, as `socat` does. */
  readonly isHalfClosed: boolean;
  readonly timeoutMs: number;
};

/**
 * Sends text over a new connection and resolves with everything that came back until the other side hung up.
 * Rejects when nobody listens, the connection breaks, or nothing moves for `timeoutMs`.
 */
export function exchange({ path, text, isHalfClosed, timeoutMs }: Exchange): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const chunks: Buffer[] = [];
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`${path} gave no answer within ${timeoutMs} ms`)));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.once("error", reject);
    socket.once("close", () => resolve(Buffer.concat(chunks).toString("utf8")));
    if (isHalfClosed) socket.end(text);
    else socket.write(text);
  });
}
