import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { ListenAddress } from "@fairway/contract";
import { Hono } from "hono";
import { type HttpApp, type HttpListener, serveHttp, type TlsFiles } from "./serve-http.ts";

/** What an API needs for being served elsewhere than on loopback: contents of files. */
export type ApiAccess = {
  /** Undefined: whoever reaches it may ask. */
  readonly token?: string | undefined;
  readonly tls?: TlsFiles | undefined;
};

/** What an {@link ApiServer} works with. */
export type ApiServerOptions = {
  readonly listen: ListenAddress;
  /** Adds what is answered. */
  readonly addPaths: (app: HttpApp) => void;
  readonly signal: AbortSignal;
};

/** Most connections at a time, and of one address: some follow a log for hours. */
const mostConnections = 256;
const mostOfSource = 64;

/** How long a client has for its part of the TLS handshake, and for the head of its question. */
const greetingMs = 10_000;

/** Serves an API once it has been told its certificate and token, until the signal aborts. */
export class ApiServer {
  readonly #options: ApiServerOptions;
  #access: ApiAccess | undefined;
  #listener: HttpListener | undefined;

  constructor(options: ApiServerOptions) {
    this.#options = options;
  }

  /** Undefined: it is not served yet. */
  get access(): ApiAccess | undefined {
    return this.#access;
  }

  /**
   * Serves by these from now on; connections that are open go on. Rejects, and changes nothing, for an address that
   * cannot be listened on and for a certificate that does not go with its key.
   */
  async use(access: ApiAccess): Promise<void> {
    const { tls } = access;
    if (this.#listener === undefined) this.#listener = await this.#listen(tls);
    else if (tls !== undefined) this.#listener.renewTls(tls);
    this.#access = access;
  }

  #listen(tls: TlsFiles | undefined): Promise<HttpListener> {
    const { listen, addPaths, signal } = this.#options;
    const app = apiRoutes(() => this.#access?.token, addPaths);
    const serverOptions = { headersTimeout: greetingMs, handshakeTimeout: greetingMs };
    const limits = { maxConnections: mostConnections, maxConnectionsOfSource: mostOfSource };
    return serveHttp({ app, listen, serverOptions, ...limits, ...(tls && { tls }) }, signal);
  }
}

/**
 * The paths behind what lets nobody else in: with a token, who gives it; without one, who asks this machine by an address
 * or as localhost, so that no page of a browser asks by a name of its own.
 */
export function apiRoutes(token: () => string | undefined, addPaths: (app: HttpApp) => void): HttpApp {
  const app: HttpApp = new Hono();
  app.use(async (c, next) => {
    const wanted = token();
    if (wanted !== undefined && !isBearer(c.req.header("authorization"), wanted)) {
      return c.text("the token of API_TOKEN_FILE is wanted\n", 401, { "WWW-Authenticate": "Bearer" });
    }
    if (wanted === undefined && !isAddressHost(c.req.header("host"))) {
      return c.text("ask by an address, or localhost\n", 403);
    }
    await next();
    c.header("Cache-Control", "no-store");
    return undefined;
  });
  addPaths(app);
  return app;
}

function isBearer(header: string | undefined, token: string): boolean {
  const [scheme = "", given = ""] = header?.split(" ") ?? [];
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return scheme.toLowerCase() === "bearer" && timingSafeEqual(hash(given), hash(token));
}

/** True for a Host header that names an address or localhost: no page of a browser comes here by a name of its own. */
export function isAddressHost(header: string | undefined): boolean {
  const host = (header ?? "").replace(/:[0-9]*$/, "").replace(/^\[|\]$/g, "");
  return host === "localhost" || isIP(host) !== 0;
}
