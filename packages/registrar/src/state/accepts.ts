import { connect } from "node:net";
import type { Target } from "./gate-targets.ts";

/** Whether an address accepts a connection within a time. Never throws; the connection is closed at once. */
export function accepts({ ip, port }: Target, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: ip, port });
    const answer = (isOpen: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(isOpen);
    };
    const timer = setTimeout(answer, timeoutMs, false);
    // An own port that happens to be the one tried connects to itself.
    socket.once("connect", () => answer(socket.localPort !== port || socket.localAddress !== ip));
    socket.once("error", () => answer(false));
  });
}
