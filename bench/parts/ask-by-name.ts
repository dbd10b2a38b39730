import { connect as connectPlain, type Socket } from "node:net";
import { connect, createSecureContext } from "node:tls";

/** Whom to ask. */
export type Question = {
  readonly host: string;
  readonly port: number;
  /** For SNI. */
  readonly name: string;
  /** TLS is asked for before it is opened, as clients of PostgreSQL do. */
  readonly isGreeted: boolean;
};

/** The address at which a redis was reached, by its own words, or what kind of failure it was. */
export type Reply =
  { readonly answer: string; readonly failure?: undefined } | { readonly answer?: undefined; readonly failure: string };

const answerWithinMs = 10_000;
const question = "CLIENT INFO\r\n";
const tlsRequest = Buffer.from("0000000804d2162f", "hex");

/** Made once: one for each connection costs as much as half a handshake. No session of TLS is taken up again. */
const secureContext = createSecureContext();

/** Asks a redis behind a name, over a new connection, at which address it was reached. Never rejects. */
export function askByName(asked: Question): Promise<Reply> {
  return new Promise((resolve) => {
    const conversation = new Conversation(asked, (reply) => {
      resolve(reply);
      conversation.end();
    });
  });
}

/** One connection, by its steps: a failure says in which one it came. */
class Conversation {
  readonly #plain: Socket;
  readonly #name: string;
  readonly #resolve: (reply: Reply) => void;
  #step = "connecting";

  constructor({ host, port, name, isGreeted }: Question, resolve: (reply: Reply) => void) {
    this.#name = name;
    this.#resolve = resolve;
    this.#plain = this.#watched(connectPlain({ host, port, noDelay: true }));
    this.#plain.setTimeout(answerWithinMs, () => this.#fail("nothing came in time"));
    this.#plain.once("connect", () => (isGreeted ? this.#askForTls() : this.#openTls()));
  }

  end(): void {
    this.#plain.destroy();
  }

  #askForTls(): void {
    this.#step = "asking for TLS";
    this.#plain.write(tlsRequest);
    this.#plain.once("data", (said: Buffer) => {
      if (said.toString("latin1") === "S") this.#openTls();
      else this.#fail(`answered ${said.toString("hex")}`);
    });
  }

  #openTls(): void {
    this.#step = "opening TLS";
    const options = { socket: this.#plain, servername: this.#name, rejectUnauthorized: false, secureContext };
    const secure = this.#watched(connect(options, () => (this.#step = "asking")));
    secure.write(question);
    let received = "";
    secure.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      const [, answer] = /laddr=(\S+) /.exec(received) ?? [];
      if (answer !== undefined) this.#resolve({ answer });
    });
  }

  #watched<T extends Socket>(socket: T): T {
    socket.once("error", ({ code, message }: NodeJS.ErrnoException) => this.#fail(code ?? message));
    socket.once("close", () => this.#fail("closed"));
    return socket;
  }

  #fail(how: string): void {
    this.#resolve({ failure: `${this.#step}: ${how}` });
  }
}
