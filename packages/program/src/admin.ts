import { once } from "node:events";
import type { Server } from "node:http";
import { reasonOf } from "@fairway/contract";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import type { Registry } from "prom-client";
import { exitCode, ProgramExit } from "./exit.ts";
import type { ListenAddress } from "./values.ts";

/** Ready, or the sentence that says why not. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };

/** What the admin endpoints ask of a program. */
export type AdminQuestions = {
  /** False when the program's loop has stopped turning. */
  readonly isAlive: () => boolean;
  readonly readiness: () => Readiness | Promise<Readiness>;
  /** Everything one needs to answer "why is my container not routed?", as JSON. */
  readonly status: () => unknown;
  readonly metrics: Registry;
};

/**
 * Serves `/healthz`, `/readyz`, `/metrics` and `/status` until the signal aborts.
 * Throws ProgramExit when the address cannot be listened on.
 */
export async function serveAdmin(listen: ListenAddress, questions: AdminQuestions, signal: AbortSignal): Promise<void> {
  const server = createAdaptorServer({ fetch: adminRoutes(questions).fetch }) as Server;
  await listening(server, listen);
  const stop = () => {
    server.close();
    // A connection that never asks anything would keep the program from ending.
    server.closeAllConnections();
  };
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
}

async function listening(server: Server, { host, port }: ListenAddress): Promise<void> {
  try {
    await once(server.listen(port, host), "listening");
  } catch (error) {
    const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    throw new ProgramExit(exitCode.environment, [`ADMIN_LISTEN="${address}": ${whyNot(error)}`]);
  }
}

function whyNot(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return "another program listens there: end it, or give this one another address";
  if (code === "EADDRNOTAVAIL") return "this machine has no such address: give one that it has";
  if (code === "EACCES") return "this program may not listen there: give a port above 1023";
  return reasonOf(error);
}

/** The four paths, apart from the socket that serves them. */
export function adminRoutes({ isAlive, readiness, status, metrics }: AdminQuestions): Hono {
  return new Hono()
    .get("/healthz", (c) => (isAlive() ? c.text("ok\n") : c.text("the loop stands still\n", 503)))
    .get("/readyz", async (c) => {
      const answer = await readiness();
      return answer.ready ? c.text("ready\n") : c.text(`not ready: ${answer.reason}\n`, 503);
    })
    .get("/metrics", async (c) => c.text(await metrics.metrics(), 200, { "Content-Type": metrics.contentType }))
    .get("/status", (c) =>
      c.text(`${JSON.stringify(status(), null, 2)}\n`, 200, { "Content-Type": "application/json" }),
    );
}
