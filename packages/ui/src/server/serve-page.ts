import type { ListenAddress } from "@fairway/contract";
import { serveHttp } from "@fairway/program";
import type { RegistryClient } from "@fairway/registry";
import type { PageFile } from "../page-files.ts";
import type { PageAccess } from "./guard.ts";
import type { PageAgents } from "./page-agents.ts";
import { pageApp } from "./page-app.ts";
import { RegistryView } from "./registry-view.ts";

/** What the page is made of, where it is served, and to whom. */
export type PageOptions = {
  readonly client: RegistryClient;
  readonly listen: ListenAddress;
  readonly files: readonly PageFile[];
  readonly access: PageAccess;
  readonly agents: PageAgents;
  readonly onError: (error: unknown) => void;
  readonly signal: AbortSignal;
};

/** The page as it is served; `closed` resolves once the signal has aborted and nothing of it is left. */
export type ServedPage = { readonly port: number; readonly closed: Promise<void> };

/** Most connections at a time, and of one address: each page holds one open. */
const mostConnections = 256;
const mostOfSource = 64;

/** How long a browser has for the head of its question. */
const headersTimeout = 10_000;

/** Serves the page until the signal aborts. Resolves when it listens; rejects with a sentence when it cannot. */
export async function servePage(options: PageOptions): Promise<ServedPage> {
  const { client, listen, files, access, agents, onError, signal } = options;
  const view = new RegistryView(signal, onError);
  const app = pageApp({ view, agents, files, access });
  const limits = { maxConnections: mostConnections, maxConnectionsOfSource: mostOfSource };
  const { port, closed } = await serveHttp({ app, listen, serverOptions: { headersTimeout }, ...limits }, signal);
  const followed = view.follow(client, signal);
  return { port, closed: Promise.all([closed, followed]).then(() => undefined) };
}
