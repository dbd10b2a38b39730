import { addAbortListener, once } from "node:events";
import type { Server, ServerOptions } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import { type ListenAddress, reasonOf } from "@fairway/contract";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";

/** An app whose handlers find Node's request and response in `c.env`. */
export type HttpApp = Hono<{ Bindings: HttpBindings }>;

/** Contents of PEM files: a certificate with its chain, and its key. */
export type TlsFiles = { readonly cert: string; readonly key: string };

/** What {@link serveHttp} serves, and where. */
export type HttpService = {
  readonly app: HttpApp;
  readonly listen: ListenAddress;
  /** Certificate and key; default: without TLS. */
  readonly tls?: TlsFiles;
  /** Options of Node's server, such as time-outs of requests. */
  readonly serverOptions?: ServerOptions;
  /** Most connections at a time; default: unlimited. */
  readonly maxConnections?: number;
  /** Most connections at a time from one address; one too many is closed. Default: unlimited. */
  readonly maxConnectionsOfSource?: number;
};

/** An HTTP server that listens. */
export type HttpListener = {
  /** Where it listens; of port 0 the one that the kernel has picked. */
  readonly port: number;
  /** Resolves once the signal has aborted and the server is closed. */
  readonly closed: Promise<void>;
  /** Shows new connections another certificate. Throws, and goes on as before, for files that do not go together. */
  readonly renewTls: (tls: TlsFiles) => void;
};

/**
 * Serves an app until the signal aborts; then every connection is closed, so that none keeps the program from ending.
 * Resolves when it listens. Rejects with a sentence when the address cannot be listened on, and when the signal aborts
 * before.
 */
export async function serveHttp(service: HttpService, signal: AbortSignal): Promise<HttpListener> {
  const { listen, maxConnections, maxConnectionsOfSource } = service;
  const server = createServer(service);
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  if (maxConnectionsOfSource !== undefined) limitSources(server, maxConnectionsOfSource);
  await startListening(server, listen, signal);
  const closed = once(server, "close").then(() => undefined);
  addAbortListener(signal, () => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { port, closed, renewTls: (tls) => (server as TlsServer).setSecureContext(tls) };
}

function createServer({ app, tls, serverOptions }: HttpService): Server {
  // A request of HTTP/1.0 may name no host.
  const answers = { fetch: app.fetch, hostname: "localhost" };
  if (tls === undefined) return createAdaptorServer({ ...answers, ...(serverOptions && { serverOptions }) }) as Server;
  const options = { ...serverOptions, ...tls };
  return createAdaptorServer({ ...answers, createServer: createTlsServer, serverOptions: options }) as TlsServer;
}

function limitSources(server: Server, most: number): void {
  const open = new Map<string, number>();
  server.prependListener("connection", (socket) => {
    const source = socket.remoteAddress ?? "";
    const count = (open.get(source) ?? 0) + 1;
    if (count > most) {
      socket.destroy();
      return;
    }
    open.set(source, count);
    socket.once("close", () => {
      const left = (open.get(source) ?? 1) - 1;
      if (left === 0) open.delete(source);
      else open.set(source, left);
    });
  });
}

async function startListening(server: Server, { host, port }: ListenAddress, signal: AbortSignal): Promise<void> {
  try {
    // Without a host Node takes every IPv4 address where the machine has no IPv6.
    server.listen({ port, ...(host === "::" ? {} : { host }) });
    await once(server, "listening", { signal });
  } catch (error) {
    server.close();
    throw new Error(whyNot(error), { cause: error });
  }
}

function whyNot(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return "another program listens there: end it, or give this one another address";
  if (code === "EADDRNOTAVAIL") return "this machine has no such address: give one that it has";
  if (code === "EACCES") return "this program may not listen there: give a port above 1023";
  return reasonOf(error);
}
