import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { handoutPath, reasonOf, type ListenAddress } from "@fairway/contract";
import { wait } from "@fairway/loop";
import type { Log } from "@fairway/program";
import type { Answer } from "./answer.ts";
import { plainAddress } from "./who-asks.ts";

/** What {@link listenForProxies} is told. */
export type AddonServerOptions = {
  readonly listen: ListenAddress;
  /** Never rejects. */
  readonly answer: (source: string, local: string) => Promise<Answer>;
  /** Hears why it does not listen; undefined: it does. */
  readonly onListening: (notBecause: string | undefined) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** How long until an address that cannot be had is tried again. */
const retryMs = 10_000;

/** Requests come from containers, some of them strangers. */
const limits = { headersTimeout: 5000, requestTimeout: 5000, connectionsCheckingInterval: 1000 };
const mostConnections = 64;

/**
 * Serves `GET /v1/subscription` until the signal aborts. An address that cannot be had is told once and tried again:
 * the registrar has other work to do.
 */
export async function listenForProxies({
  listen,
  answer,
  onListening,
  log,
  signal,
}: AddonServerOptions): Promise<void> {
  let told: string | undefined;
  while (!signal.aborted) {
    const server = createServer(limits, (request, response) => void respond(request, response, answer));
    server.maxConnections = mostConnections;
    const reason = await listenOn(server, listen, signal);
    onListening(reason);
    if (reason === undefined) {
      log.info({ ...listen }, "addon listens");
      return closedWith(server, signal);
    }
    if (reason !== told) log.warn({ reason }, "addon cannot listen, proxy containers wait; trying again");
    told = reason;
    await wait(retryMs, signal);
  }
}

/** Answers why it cannot listen. */
async function listenOn(
  server: Server,
  { host, port }: ListenAddress,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    // Without a host Node takes every IPv4 address where the machine has no IPv6.
    server.listen({ port, ...(host === "::" ? {} : { host }) });
    await once(server, "listening", { signal });
    return undefined;
  } catch (error) {
    server.close();
    return `ADDON_LISTEN: ${reasonOf(error)}`;
  }
}

async function closedWith(server: Server, signal: AbortSignal): Promise<void> {
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  if (signal.aborted) close();
  signal.addEventListener("abort", close, { once: true });
  await once(server, "close");
}

async function respond(
  { method, url, socket }: IncomingMessage,
  response: ServerResponse,
  answer: AddonServerOptions["answer"],
): Promise<void> {
  const { remoteAddress = "", localAddress = "" } = socket;
  const isAsked = method === "GET" && url === handoutPath;
  const { status, body } = isAsked
    ? await answer(plainAddress(remoteAddress), plainAddress(localAddress))
    : { status: 404, body: { error: `only GET ${handoutPath} is answered` } };
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store", Connection: "close" });
  response.end(`${JSON.stringify(body)}\n`);
}
