import {
  agentApi,
  type AgentFacts,
  hasControlCharacter,
  type JournalAnswer,
  type JournalMoment,
  longestName,
  proxyHeader,
  proxyHeaderText,
  type ProxyRejections,
  type ReachedNodes,
  type ServiceName,
  type ServicesAnswer,
} from "@fairway/contract";
import type { HttpApp, Readiness } from "@fairway/program";
import type { TargetGroup } from "../status/targets.ts";

/** What is answered below `/v1/`, at ADMIN_LISTEN and at API_LISTEN. */
export type ApiQuestions = {
  /** `<node>/<proxy>`: who answers. */
  readonly name: () => string;
  readonly facts: () => Promise<AgentFacts>;
  readonly rejections: () => ProxyRejections;
  readonly services: () => Promise<ServicesAnswer>;
  readonly reach: () => Promise<ReachedNodes>;
  /** Whether a service is served with a server that is up. */
  readonly health: (service: ServiceName) => Promise<Readiness>;
  /** What Prometheus may scrape, as its `http_sd` wants it, or what is wrong with the question. */
  readonly targets: (question: Query) => readonly TargetGroup[] | string;
  /** Entries of the proxy's journal, or what is wrong with the question. */
  readonly journal: (question: Query) => Promise<JournalAnswer | string>;
  /** What was so at a moment by it, or what is wrong with the question. */
  readonly moment: (question: Query) => Promise<JournalMoment | string>;
};

type Query = Readonly<Record<string, string>>;

/**
 * Adds the paths. Every answer names the proxy that gives it in its header: an address may have come to be another's.
 * All of them read; none holds a secret.
 */
export function addApiPaths(app: HttpApp, questions: ApiQuestions): void {
  const { name, facts, rejections, services, reach, health, targets, journal, moment } = questions;
  app.use("/v1/*", async (c, next) => {
    await next();
    c.header(proxyHeader, proxyHeaderText(name()));
  });
  app.get(agentApi.agent.path, async (c) => c.json(await facts()));
  app.get(agentApi.rejections.path, (c) => c.json(rejections()));
  app.get(agentApi.services.path, async (c) => c.json(await services()));
  app.get(agentApi.reach.path, async (c) => c.json(await reach()));
  app.get("/v1/services/:project/:service/health", async (c) => {
    const service = c.req.param();
    if (!isName(service.project) || !isName(service.service)) return c.text(`${notFound}\n`, 404);
    const answer = await health(service);
    return answer.ready ? c.text("up\n") : c.text(`not up: ${answer.reason}\n`, 503);
  });
  app.get("/v1/targets", (c) => {
    const answer = targets(c.req.query());
    return typeof answer === "string" ? c.text(`${answer}\n`, 400) : c.json(answer);
  });
  for (const [path, ask] of [
    [agentApi.journal.path, journal],
    [agentApi.moment.path, moment],
  ] as const) {
    app.get(path, async (c) => {
      const answer = await ask(c.req.query());
      return typeof answer === "string" ? c.text(`${answer}\n`, 400) : c.json(answer);
    });
  }
}

const notFound = `not found: a project and a service have 1 to ${longestName} characters, and no control character`;

/** Who asks may be anybody: what cannot be a name is not looked for. */
function isName(text: string): boolean {
  return text.length <= longestName && !hasControlCharacter(text);
}
