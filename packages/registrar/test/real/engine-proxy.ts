import { once } from "node:events";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { rm } from "node:fs/promises";

/** What happens to the requests whose method and path match. */
export type ProxyRule = {
  readonly path: RegExp;
  /** A status with Docker's kind of message; `hang`: no answer, ever; a function: that becomes of the engine's JSON. */
  readonly answer?: number | "hang" | ((json: unknown) => unknown);
  /** The request is passed on so much later instead. */
  readonly lateMs?: number;
};

/** A proxy before an engine's socket. */
export type EngineProxy = {
  /** As in DOCKER_HOST. */
  readonly dockerHost: string;
  /** The rules from now on; the first that matches counts. Other requests are passed on. */
  readonly rule: (...rules: readonly ProxyRule[]) => void;
  /** The paths that were asked for since the rules were set. */
  readonly asked: () => readonly string[];
  readonly close: () => Promise<void>;
};

/** Starts a proxy at a socket of its own beside the engine's. */
export async function startEngineProxy(dockerHost: string): Promise<EngineProxy> {
  const engineSocket = dockerHost.replace("unix://", "");
  const socket = `${engineSocket}.proxy`;
  let rules: readonly ProxyRule[] = [];
  let asked: string[] = [];
  const server = createServer((incoming, response) => {
    const { method = "GET", url = "/" } = incoming;
    asked.push(`${method} ${url}`);
    const { answer, lateMs = 0 } = rules.find(({ path }) => path.test(`${method} ${url}`)) ?? {};
    if (lateMs > 0)
      return void setTimeout(() => passOn(engineSocket, { incoming, response, change: undefined }), lateMs);
    if (answer === "hang") return;
    if (typeof answer === "number") return refuse(response, answer);
    passOn(engineSocket, { incoming, response, change: answer });
  });
  server.listen(socket);
  await once(server, "listening");
  return {
    dockerHost: `unix://${socket}`,
    rule: (...now) => {
      rules = now;
      asked = [];
    },
    asked: () => asked,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await rm(socket, { force: true });
    },
  };
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ message: `answered with ${status} by the proxy` }));
}

type Passing = {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly change: ((json: unknown) => unknown) | undefined;
};

function passOn(socketPath: string, { incoming, response, change }: Passing): void {
  const { method, url, headers } = incoming;
  const outgoing = request({ socketPath, method, path: url, headers }, (answer) => {
    if (change === undefined || answer.statusCode !== 200) {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
      return;
    }
    void changed(answer, change, response);
  });
  outgoing.on("error", () => response.destroy());
  response.on("close", () => outgoing.destroy());
  incoming.pipe(outgoing);
}

async function changed(
  answer: IncomingMessage,
  change: (json: unknown) => unknown,
  response: ServerResponse,
): Promise<void> {
  const text = await readText(answer);
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end(JSON.stringify(change(JSON.parse(text))));
}

async function readText(stream: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += String(chunk);
  return text;
}
