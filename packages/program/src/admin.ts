import { type ListenAddress, listenText, reasonOf } from "@fairway/contract";
import { Hono } from "hono";
import type { Registry } from "prom-client";
import type { RegistryAccess } from "@fairway/registry";
import { exitCode, ProgramExit } from "./exit.ts";
import { locationOf } from "./registry-access.ts";
import { type HttpApp, serveHttp } from "./serve-http.ts";

/** Ready, or the sentence that says why not. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };

/** What `/status` of any program says. */
export type Status = { readonly registry?: object | undefined; readonly [section: string]: unknown };

/** What the admin endpoints ask of a program. */
export type AdminQuestions = {
  /** False when the program's loop has stopped turning. */
  readonly isAlive: () => boolean;
  readonly readiness: () => Readiness | Promise<Readiness>;
  /** Everything one needs to answer "why is my container not routed?", as JSON. */
  readonly status: () => Status;
  /** The way to the registry; undefined: it is not known yet. Of it `/status` tells what is no secret. */
  readonly access: () => RegistryAccess | undefined;
  readonly metrics: Registry;
  /** Adds what the program answers below `/v1/`; absent: nothing. */
  readonly addPaths?: (app: HttpApp) => void;
};

/**
 * Serves `/healthz`, `/readyz`, `/metrics`, `/status` and what the program adds until the signal aborts. Throws ProgramExit when the address cannot be listened on.
 */
export async function serveAdmin(listen: ListenAddress, questions: AdminQuestions, signal: AbortSignal): Promise<void> {
  try {
    await serveHttp({ app: adminRoutes(questions), listen }, signal);
  } catch (error) {
    if (signal.aborted) return;
    throw new ProgramExit(exitCode.environment, [`ADMIN_LISTEN="${listenText(listen)}": ${reasonOf(error)}`]);
  }
}

/** The paths, apart from the socket that serves them. */
export function adminRoutes({ isAlive, readiness, status, access, metrics, addPaths }: AdminQuestions): HttpApp {
  const app: HttpApp = new Hono();
  addPaths?.(app);
  return app
    .get("/healthz", (c) => (isAlive() ? c.text("ok\n") : c.text("the loop stands still\n", 503)))
    .get("/readyz", async (c) => {
      const answer = await readiness();
      return answer.ready ? c.text("ready\n") : c.text(`not ready: ${answer.reason}\n`, 503);
    })
    .get("/metrics", async (c) => c.text(await metrics.metrics(), 200, { "Content-Type": metrics.contentType }))
    .get("/status", (c) => c.text(`${JSON.stringify(withLocation(status(), access()), null, 2)}\n`, 200, json));
}

const json = { "Content-Type": "application/json" };

function withLocation(status: Status, access: RegistryAccess | undefined): Status {
  return access === undefined ? status : { ...status, registry: { ...locationOf(access), ...status.registry } };
}
