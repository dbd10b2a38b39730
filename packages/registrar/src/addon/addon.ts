import { handoutPath, type ListenAddress, reasonOf, type RegistrarSettings } from "@fairway/contract";
import { wait } from "@fairway/loop";
import { type HttpApp, type HttpListener, type Log, serveHttp } from "@fairway/program";
import type { OwnNode, RegistryAccess } from "@fairway/registry";
import { Hono } from "hono";
import type { DockerEngine } from "../docker/engine.ts";
import { answer, type Answer, lookAt, type Seen } from "./answer.ts";
import { addonAccess, type HandedOut, handedOut } from "./handed-out.ts";
import { Journal } from "./journal.ts";
import { RequestLimits } from "./request-limits.ts";
import { SharedLook } from "./shared-look.ts";
import { plainAddress } from "./who-asks.ts";

/** How the addon is doing. */
export type AddonState = {
  readonly listening: boolean;
  /** Why it does not listen, else why it hands nothing out. */
  readonly reason: string | undefined;
  readonly requests: ReturnType<Journal["counts"]>;
} & ReturnType<Journal["latest"]>;

export type AddonOptions = {
  readonly settings: RegistrarSettings;
  /** The registrar's own way to the registry. */
  readonly access: () => RegistryAccess;
  readonly node: OwnNode;
  readonly engine: DockerEngine;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** After how long the addon tries again to listen at an address that it cannot have. */
const retryMs = 10_000;

/** Requests come from containers, some of them strangers: none may keep the others from asking. */
const serverOptions = { headersTimeout: 2000, requestTimeout: 2000, connectionsCheckingInterval: 500 };
const maxConnections = 256;
const maxConnectionsOfSource = 4;

/** Hands proxy containers of this node their way to the registry: `GET /v1/subscription`. */
export class Addon {
  readonly #options: AddonOptions;
  readonly #journal: Journal;
  readonly #limits = new RequestLimits();
  readonly #look: SharedLook<Seen>;
  /** Why nothing is handed out. */
  readonly #refusal: string | undefined;
  #notListening: string | undefined;

  /** Throws ProgramExit for a file to hand out that cannot be read. */
  constructor(options: AddonOptions) {
    const { settings, engine, log, signal } = options;
    this.#options = options;
    this.#look = new SharedLook(() => lookAt(engine), signal);
    this.#journal = new Journal(log);
    const isOff = settings.addonListen === undefined;
    this.#notListening = isOff ? "ADDON_LISTEN is off" : "it has not begun yet";
    const handed = isOff ? undefined : this.#handedOut();
    this.#refusal = handed === undefined || handed.ok ? undefined : handed.reason;
  }

  /**
   * Answers until the signal aborts, unless ADDON_LISTEN is `off`. An address that cannot be had is logged once and tried
   * again: the registrar has other work to do.
   */
  async run(): Promise<void> {
    const { settings, log, signal } = this.#options;
    if (settings.addonListen === undefined) return;
    if (this.#refusal !== undefined) log.warn({ reason: this.#refusal }, "addon hands nothing out");
    const app = addonRoutes((source, local) => this.#answer(source, local));
    let logged: string | undefined;
    while (!signal.aborted) {
      const listener = await this.#listen(app, settings.addonListen);
      if (listener !== undefined) return listener.closed;
      const reason = this.#notListening;
      if (reason !== logged) log.warn({ reason }, "addon cannot listen, proxy containers wait; trying again");
      logged = reason;
      await wait(retryMs, signal);
    }
  }

  state(): AddonState {
    return {
      listening: this.#notListening === undefined,
      reason: this.#notListening ?? this.#refusal,
      requests: this.#journal.counts(),
      ...this.#journal.latest(),
    };
  }

  async #listen(app: HttpApp, listen: ListenAddress): Promise<HttpListener | undefined> {
    const { log, signal } = this.#options;
    try {
      const listener = await serveHttp({ app, listen, serverOptions, maxConnections, maxConnectionsOfSource }, signal);
      this.#notListening = undefined;
      log.info({ ...listen }, "addon listens");
      return listener;
    } catch (error) {
      this.#notListening = `ADDON_LISTEN: ${reasonOf(error)}`;
      return undefined;
    }
  }

  async #answer(source: string, local: string): Promise<Answer> {
    const { engine, node } = this.#options;
    if (!this.#limits.take(source, performance.now())) {
      this.#journal.limited(source);
      return { status: 429, body: { error: "asked too often: wait a second" } };
    }
    const look = () => this.#look.ask();
    return answer({ engine, look, node, handedOut: () => this.#handedOut(), journal: this.#journal }, source, local);
  }

  #handedOut(): HandedOut {
    const { settings, node, access } = this.#options;
    return handedOut(addonAccess(settings, node.address), access());
  }
}

/** The one path, apart from the socket that serves it. `respond` never rejects. */
export function addonRoutes(respond: (source: string, local: string) => Promise<Answer>): HttpApp {
  const app: HttpApp = new Hono();
  return app.all("*", async (c) => {
    const { method, url, socket } = c.env.incoming;
    const isAsked = method === "GET" && url === handoutPath;
    const { status, body } = isAsked
      ? await respond(plainAddress(socket.remoteAddress ?? ""), plainAddress(socket.localAddress ?? ""))
      : ({ status: 404, body: { error: `only GET ${handoutPath} is answered` } } as const);
    return c.body(`${JSON.stringify(body)}\n`, status, headers);
  });
}

const headers = { "Content-Type": "application/json", "Cache-Control": "no-store", Connection: "close" };
