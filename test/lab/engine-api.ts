import { request } from "node:http";
import type { IncomingMessage } from "node:http";

/** A Docker engine as a program reaches it, without a `docker` process for each question. */
export type EngineApi = {
  /** Asks, and answers the parsed body; undefined for an empty one. Throws what the engine answers instead. */
  readonly ask: (method: "GET" | "POST" | "DELETE", path: string, body?: unknown) => Promise<unknown>;
  /** Runs a command in a container to its end and answers its output. Throws for any other end than exit code 0. */
  readonly exec: (container: string, command: readonly string[]) => Promise<string>;
};

/** An engine, or a command in a container, answered with a refusal. */
export class EngineRefused extends Error {
  override readonly name = "EngineRefused";
}

/** The API that every engine speaks since 19.03. */
const version = "v1.40";

/** Speaks to the engine on a socket, waiting at most this long for each answer. */
export function engineApi(socketPath: string, answerWithinMs: number): EngineApi {
  const answer = async (method: string, path: string, body?: unknown): Promise<Buffer> => {
    const headers = { "content-type": "application/json" };
    const signal = AbortSignal.timeout(answerWithinMs);
    // No connection is kept: an engine that was stopped meanwhile would have ended it.
    const how = { socketPath, agent: false as const, method, path: `/${version}${path}`, headers, signal };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const asking = request(how, resolve).once("error", reject);
      asking.end(body === undefined ? undefined : JSON.stringify(body));
    });
    const content = Buffer.concat(await response.toArray());
    if ((response.statusCode ?? 500) < 400) return content;
    throw new EngineRefused(`docker ${method} ${path}: ${messageIn(content)}`);
  };
  const ask: EngineApi["ask"] = async (...question) => parse(await answer(...question));
  const exec: EngineApi["exec"] = async (container, command) => {
    const wanted = { AttachStdout: true, AttachStderr: true, Cmd: command };
    const { Id } = (await ask("POST", `/containers/${container}/exec`, wanted)) as { readonly Id: string };
    const { stdout, stderr } = streamsIn(await answer("POST", `/exec/${Id}/start`, { Detach: false, Tty: false }));
    const { ExitCode } = (await ask("GET", `/exec/${Id}/json`)) as { readonly ExitCode: number };
    if (ExitCode === 0) return stdout.replace(/\n$/, "");
    throw new EngineRefused(`${command.join(" ")}: ${stderr.trim() || stdout.trim() || `exit code ${ExitCode}`}`);
  };
  return { ask, exec };
}

function parse(content: Buffer): unknown {
  return content.length === 0 ? undefined : JSON.parse(content.toString());
}

function messageIn(content: Buffer): string {
  try {
    return (JSON.parse(content.toString()) as { readonly message: string }).message;
  } catch {
    return content.toString();
  }
}

/** Output comes in pieces, each behind eight bytes: 1 for stdout or 2 for stderr, and in the last four its length. */
function streamsIn(content: Buffer): { readonly stdout: string; readonly stderr: string } {
  const pieces: readonly [Buffer[], Buffer[]] = [[], []];
  for (let at = 0; at + 8 <= content.length;) {
    const end = at + 8 + content.readUInt32BE(at + 4);
    pieces[content[at] === 2 ? 1 : 0].push(content.subarray(at + 8, end));
    at = end;
  }
  const [stdout, stderr] = pieces;
  return { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}
