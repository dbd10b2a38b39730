import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { checkUser } from "@fairway/contract";
import { scram, type Scram } from "./scram.ts";

/** A PostgreSQL, and the password by which it is asked; undefined: none is known. */
export type PostgresServer = { readonly ip: string; readonly port: number; readonly password: string | undefined };

type Message = { readonly type: string; readonly body: Buffer };

/** A message longer than this is none that is waited for. */
const longestBytes = 100_000;
/** Kinds of `AuthenticationRequest`. */
const [isIn, saslBegins, saslGoesOn, saslEnds] = [0, 10, 11, 12];
const mechanism = "SCRAM-SHA-256";

/** How long a server may take in all, milliseconds, however much it says meanwhile. */
export type AnswerTimes = {
  /** From the connection to the end of the login. */
  readonly loginMs: number;
  /** For the answer to a question. */
  readonly answerMs: number;
};

/**
 * A login to PostgreSQL (protocol 3.0) that lasts, to ask for its role again and again: each new login would cost the server
 * a process. Proves that it knows the password by SCRAM alone, and tells it nobody, neither in clear text nor by MD5.
 */
export class PostgresSession {
  readonly #socket: Socket;
  readonly #times: AnswerTimes;

  private constructor(socket: Socket, times: AnswerTimes) {
    this.#socket = socket;
    this.#times = times;
  }

  /** Rejects with a reason when the server does not let it in, or not in time. */
  static async open({ ip, port, password }: PostgresServer, times: AnswerTimes): Promise<PostgresSession> {
    const socket = connect({ host: ip, port });
    socket.on("error", () => undefined);
    const session = new PostgresSession(socket, times);
    try {
      await session.#within(times.loginMs, () => session.#logIn(password));
      return session;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /** Calls back once it has ended, as with the server's process. */
  onEnd(callback: () => void): void {
    if (this.#socket.destroyed) callback();
    else this.#socket.once("close", callback);
  }

  /** Whether it replays what another one writes. Rejects when it does not say. */
  isInRecovery(): Promise<boolean> {
    return this.#within(this.#times.answerMs, () => this.#ask());
  }

  close(): void {
    this.#socket.destroy();
  }

  async #ask(): Promise<boolean> {
    this.#send("Q", text("SELECT pg_is_in_recovery()"));
    let told = "";
    for (;;) {
      const { type, body } = await this.#next();
      if (type === "D") told = body.subarray(6).toString("latin1");
      if (type === "E") throw new Error(`it refuses the question (${codeOf(body)})`);
      if (type === "Z") break;
    }
    if (told !== "t" && told !== "f") throw new Error("it does not tell its role");
    return told === "t";
  }

  async #logIn(password: string | undefined): Promise<void> {
    const asked = Buffer.concat([int32(196_608), text("user"), text(checkUser), text("database"), text("postgres")]);
    this.#socket.write(Buffer.concat([int32(asked.length + 5), asked, Buffer.of(0)]));
    let login: Scram | undefined;
    let isProven = false;
    for (;;) {
      const { type, body } = await this.#next();
      if (type === "E") throw new Error(`it lets nobody in as ${checkUser} (${codeOf(body)})`);
      if (type === "Z") return;
      if (type !== "R") continue;
      const [kind, rest] = [body.readInt32BE(0), body.subarray(4)];
      if (kind === saslBegins) login = this.#begin(rest, password);
      else if (kind === saslGoesOn && login !== undefined)
        this.#send("p", Buffer.from(await login.answer(rest.toString())));
      else if (kind === saslEnds && login !== undefined) isProven = login.isProven(rest.toString());
      else if (kind !== isIn) throw new Error("it wants the password in clear text or by MD5: give the user SCRAM");
      else if (login !== undefined && !isProven) throw new Error("it does not know the password itself");
    }
  }

  #begin(mechanisms: Buffer, password: string | undefined): Scram {
    if (password === undefined) throw new Error("it wants a password, and CHECK_SECRETS has none for its service");
    if (!mechanisms.toString("latin1").split("\0").includes(mechanism)) throw new Error(`it has no ${mechanism}`);
    const login = scram(password, randomBytes(18).toString("base64"));
    const first = Buffer.from(login.first);
    this.#send("p", Buffer.concat([text(mechanism), int32(first.length), first]));
    return login;
  }

  #send(type: string, body: Buffer): void {
    this.#socket.write(Buffer.concat([Buffer.from(type), int32(body.length + 4), body]));
  }

  async #next(): Promise<Message> {
    const head = await this.#read(5);
    const length = head.readInt32BE(1) - 4;
    if (length < 0 || length > longestBytes) throw new Error("it speaks no PostgreSQL");
    return { type: String.fromCharCode(head[0] ?? 0), body: await this.#read(length) };
  }

  async #read(length: number): Promise<Buffer> {
    if (length === 0) return Buffer.alloc(0);
    for (;;) {
      const chunk = this.#socket.read(length) as Buffer | null;
      if (chunk?.length === length) return chunk;
      const { errored, readableEnded, destroyed } = this.#socket;
      if (chunk !== null || readableEnded || destroyed) throw errored ?? new Error("it hung up");
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    const over = new AbortController();
    const { signal } = over;
    try {
      await Promise.race(["readable", "end", "close"].map((event) => once(this.#socket, event, { signal })));
    } finally {
      over.abort();
    }
  }

  /** Ends the session where an exchange lasts longer. */
  async #within<T>(ms: number, exchange: () => Promise<T>): Promise<T> {
    let isOver = false;
    const giveUp = () => {
      if (!isOver) this.#socket.destroy(new Error(`it takes longer than ${ms} ms`));
    };
    // What came while this program stood still is read before.
    const timer = setTimeout(() => setImmediate(giveUp), ms);
    try {
      return await exchange();
    } finally {
      clearTimeout(timer);
      isOver = true;
    }
  }
}

/** The code of an error, as PostgreSQL documents it: its words are a stranger's. */
function codeOf(body: Buffer): string {
  const code =
    body
      .toString("latin1")
      .split("\0")
      .find((field) => field.startsWith("C"))
      ?.slice(1) ?? "";
  return /^[0-9A-Z]{5}$/.test(code) ? code : "without a code";
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}
