import {
  hasControlCharacter,
  type ListenAddress,
  listenText,
  longestName,
  reasonOf,
  type ServiceName,
} from "@fairway/contract";
import { type Context, Hono } from "hono";
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
  /** Whether a service is served with a server that is up; absent: the program serves none. */
  readonly health?: (service: ServiceName) => Promise<Readiness>;
  /** What Prometheus may scrape, as its `http_sd` wants it, or what is wrong with the question; absent: it knows none. */
  readonly targets?: (question: Readonly<Record<string, string>>) => readonly object[] | string;
};

/**
 * Serves `/healthz`, `/readyz`, `/metrics`, `/status` and, of a program that serves services,
 * `/v1/services/<project>/<service>/health`, of one that knows the nodes `/v1/targets`, until the signal aborts.
 * Throws ProgramExit when the address cannot be listened on.
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
export function adminRoutes({ isAlive, readiness, status, access, metrics, health, targets }: AdminQuestions): HttpApp {
  const app: HttpApp = new Hono();
  if (health) app.get("/v1/services/:project/:service/health", (c) => answerHealth(c, health, c.req.param()));
  if (targets) app.get("/v1/targets", (c) => answerTargets(c, targets(c.req.query())));
  return app
    .get("/healthz", (c) => (isAlive() ? c.text("ok\n") : c.text("the loop stands still\n", 503)))
    .get("/readyz", async (c) => {
      const answer = await readiness();
      return answer.ready ? c.text("ready\n") : c.text(`not ready: ${answer.reason}\n`, 503);
    })
    .get("/metrics", async (c) => c.text(await metrics.metrics(), 200, { "Content-Type": metrics.contentType }))
    .get("/status", (c) => c.text(`${JSON.stringify(withLocation(status(), access()), null, 2)}\n`, 200, json));
}

function answerTargets(c: Context, answer: readonly object[] | string): Response {
  return typeof answer === "string" ? c.text(`${answer}\n`, 400) : c.json(answer);
}

async function answerHealth(c: Context, health: Health, service: ServiceName): Promise<Response> {
  if (!isName(service.project) || !isName(service.service)) return c.text(`${notFound}\n`, 404);
  const answer = await health(service);
  return answer.ready ? c.text("up\n") : c.text(`not up: ${answer.reason}\n`, 503);
}

type Health = NonNullable<AdminQuestions["health"]>;

const notFound = `not found: a project and a service have 1 to ${longestName} characters, and no control character`;

/** Who asks may be anybody: what cannot be a name is not looked for. */
function isName(text: string): boolean {
  return text.length <= longestName && !hasControlCharacter(text);
}

const json = { "Content-Type": "application/json" };

function withLocation(status: Status, access: RegistryAccess | undefined): Status {
  return access === undefined ? status : { ...status, registry: { ...locationOf(access), ...status.registry } };
}
