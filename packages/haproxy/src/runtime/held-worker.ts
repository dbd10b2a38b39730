import { connect, type Socket as Connection } from "node:net";
import { commandLine } from "./commands.ts";
import type { Socket } from "./sockets.ts";

const prompt = "\n> ";
/** HAProxy hangs up on who says nothing for so long, by itself after 10 s: a reload may take longer. */
const silence = "120s";

/**
 * The worker that is current now, over one connection that stays open. A worker with an open connection does not end, so
 * it can be asked once more after a reload. Whoever opens one closes it.
 */
export class HeldWorker {
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  #received = "";
  #wake: () => void = () => undefined;

  private constructor(connection: Connection, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    connection.on("data", (chunk: Buffer) => {
      this.#received += chunk.toString("utf8");
      this.#wake();
    });
    connection.on("error", () => undefined);
    connection.on("close", () => this.#wake());
  }

  /** Rejects when no worker answers. */
  static async open({ path, timeoutMs }: Socket): Promise<HeldWorker> {
    const held = new HeldWorker(connect(path), timeoutMs);
    try {
      await held.ask(["prompt"]);
      await held.ask([commandLine("set", "timeout", "cli", silence)]);
      return held;
    } catch (error) {
      held.close();
      throw error;
    }
  }

  /** One answer for each command, in order; one question at a time. Rejects when it does not give all of them. */
  async ask(commands: readonly string[]): Promise<readonly string[]> {
    this.#received = "";
    this.#connection.write(`${commands.join("\n")}\n`);
    const end = performance.now() + this.#timeoutMs;
    for (;;) {
      const answers = this.#received.split(prompt);
      if (answers.length > commands.length) return answers.slice(0, -1).map((answer) => answer.trim());
      if (this.#connection.destroyed || performance.now() > end)
        throw new Error("the worker that was held did not answer");
      await this.#more();
    }
  }

  close(): void {
    this.#connection.destroy();
  }

  /** Until it says more, hangs up, or says nothing for too long. */
  #more(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
