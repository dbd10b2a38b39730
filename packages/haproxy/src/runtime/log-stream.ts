import { connect, type Socket as Connection } from "node:net";
import { followRing } from "../connection-log.ts";
import { commandLine, showInfo, toWorker } from "./commands.ts";

/** What a {@link LogStream} calls. */
export type LogStreamCallbacks = {
  /** Some lines of one worker's log of connections, in order; first those that it still has. */
  readonly onLines: (lines: readonly string[]) => void;
  /** Nothing comes any more. */
  readonly onEnd: () => void;
};

/** Who says nothing for so long is hung up on: a worker without connections has nothing to say. */
const silence = "86400";
const longestRest = 65_536;

/**
 * A worker's log of connections, as it comes. A worker does not end while this is open, so that its last line arrives:
 * whoever opens it closes it once the worker has no more connections.
 */
export class LogStream {
  readonly #connection: Connection;
  #pid: number | undefined;
  #rest = "";

  private constructor(path: string, command: string, { onLines, onEnd }: LogStreamCallbacks) {
    this.#connection = connect(path);
    this.#connection.setEncoding("utf8");
    this.#connection.on("data", (text: string) => {
      const lines = this.#linesIn(text);
      if (lines.length > 0) onLines(lines);
    });
    this.#connection.on("error", () => undefined);
    this.#connection.once("close", onEnd);
    this.#connection.write(`${command}\n`);
  }

  /** Of the worker that is current now; its pid is known once it has answered. */
  static ofCurrent(path: string, callbacks: LogStreamCallbacks): LogStream {
    const patience = commandLine("set", "timeout", "cli", silence);
    return new LogStream(path, [patience, showInfo, followRing].join(";"), callbacks);
  }

  /** Of an old worker, through its master: it ends as well when that reloads. */
  static ofWorker(masterPath: string, pid: number, callbacks: LogStreamCallbacks): LogStream {
    const stream = new LogStream(masterPath, toWorker(pid, followRing), callbacks);
    stream.#pid = pid;
    return stream;
  }

  /** The worker; undefined: it has not answered yet. */
  get pid(): number | undefined {
    return this.#pid;
  }

  close(): void {
    this.#connection.destroy();
  }

  #linesIn(text: string): readonly string[] {
    const lines = (this.#rest + text).split("\n");
    this.#rest = (lines.pop() ?? "").slice(0, longestRest);
    if (this.#pid === undefined) {
      const pid = lines.flatMap((line) => /^Pid: ([0-9]+)$/.exec(line)?.[1] ?? [])[0];
      if (pid !== undefined) this.#pid = Number(pid);
    }
    return lines.filter((line) => line.startsWith("<"));
  }
}
