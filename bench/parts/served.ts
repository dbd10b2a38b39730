import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Where a redis is to be reached. */
export type Front = { readonly host: string; readonly port: number };

const everyMs = 1;
const answerWithinMs = 1000;

/** Opens new connections one after the other until a redis answers PING over one; answers when, in epoch ms. */
export async function firstServed(front: Front, { within = 60_000 } = {}): Promise<number> {
  return firstTime(() => answersPing(front), { within, what: `an answer at ${front.host}:${front.port}` });
}

/** Waits until new connections are not served any more. */
export async function noLongerServed(front: Front, { within = 60_000 } = {}): Promise<void> {
  await firstTime(async () => !(await answersPing(front)), { within, what: `${front.host}:${front.port} to end` });
}

/** Asks until it is so; answers when, in epoch ms. Throws when it is not in time. */
export async function firstTime(isSo: () => Promise<boolean>, { within, what }: Patience): Promise<number> {
  const end = performance.now() + within;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not within ${within} ms: ${what}`);
    await delay(everyMs);
  }
  return epochMs();
}

type Patience = { readonly within: number; readonly what: string };

/** Epoch ms with fractions: processes of one machine agree on it. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now();
}

/** True when a connection is accepted. */
export async function accepts({ host, port }: Front): Promise<boolean> {
  return attempt({ host, port }, (socket, end) => socket.once("connect", () => end(true)));
}

async function answersPing(front: Front): Promise<boolean> {
  return attempt(front, (socket, end) => {
    socket.once("connect", () => socket.write("PING\r\n"));
    socket.once("data", (data: Buffer) => end(data.toString().startsWith("+PONG")));
  });
}

type Use = (socket: ReturnType<typeof connect>, end: (isSo: boolean) => void) => void;

async function attempt({ host, port }: Front, use: Use): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, noDelay: true });
    const end = (isSo: boolean) => {
      resolve(isSo);
      socket.destroy();
    };
    socket.setTimeout(answerWithinMs, () => end(false));
    socket.once("error", () => end(false));
    socket.once("close", () => end(false));
    use(socket, end);
  });
}

/** Rests between two changes, a different while each time: regular ones would always meet what runs regularly. */
export async function restBetween(turn: number): Promise<void> {
  await delay(300 + ((turn * 370) % 1000));
}
