import { type AgentSettings, cutSentence } from "@fairway/contract";
import { ApiServer, followAccess, type HttpApp, type Log } from "@fairway/program";
import type { ConnectionLog } from "../connections/connection-log.ts";
import { addLogPaths } from "../connections/log-paths.ts";
import type { ProxyJournal } from "../journal/journal.ts";
import { addJournalEvents } from "../journal/journal-events.ts";
import { readJournalQuestion, readMomentQuestion } from "../journal/questions.ts";
import type { Reconciler } from "../reconcile/reconciler.ts";
import type { RegistryCache } from "../registry/cache.ts";
import { allRejections } from "../status/agent-state.ts";
import type { Reporter } from "../status/reporter.ts";
import type { ServiceHealth } from "../status/service-health.ts";
import { targetsOf } from "../status/targets.ts";
import { readApiAccess } from "../config/api-access.ts";
import { apiAddressOf } from "../config/api-address.ts";
import { agentFacts } from "./agent-facts.ts";
import { addApiPaths, type ApiQuestions } from "./paths.ts";
import { addressesToTry, NodeTrials } from "./try-addresses.ts";

/** What answers are made of. */
export type ApiParts = {
  readonly cache: RegistryCache;
  readonly reconciler: Pick<Reconciler, "progress">;
  readonly reporter: Reporter;
  readonly health: ServiceHealth;
  /** Undefined: CONNECTION_LOG is off. */
  readonly connections: Pick<ConnectionLog, "memory"> | undefined;
  readonly journal: ProxyJournal;
};

/** What one needs to serve it. */
export type ApiOptions = {
  readonly settings: AgentSettings;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** The paths below `/v1/`, and the server at API_LISTEN. */
export type Api = {
  readonly addPaths: (app: HttpApp) => void;
  /** Serves at API_LISTEN from when its files are there; nothing where it is not set. */
  readonly open: () => void;
  /** Where other machines find it, with the node's address; undefined: they do not, or not yet. */
  readonly address: (nodeAddress: string | undefined) => ReturnType<typeof apiAddressOf>;
};

/** Puts together what an agent answers. */
export function openApi({ settings, log, signal }: ApiOptions, parts: ApiParts): Api {
  const { apiListen: listen } = settings;
  const questions = questionsOf(parts);
  const addPaths = (app: HttpApp) => {
    addApiPaths(app, questions);
    addLogPaths(app, parts.connections);
    addJournalEvents(app, parts.journal.memory);
  };
  if (listen === undefined) return { addPaths, open: () => undefined, address: () => undefined };
  const { registry } = parts.reporter.metrics;
  const addAll = (app: HttpApp) => {
    addPaths(app);
    app.get("/metrics", async (c) => c.text(await registry.metrics(), 200, { "Content-Type": registry.contentType }));
  };
  const server = new ApiServer({ listen, addPaths: addAll, signal });
  const open = () =>
    followAccess({
      what: "certificate and token of API_LISTEN",
      access: () => server.access,
      read: () => readApiAccess(settings),
      renew: async (access) => {
        await server.use(access);
        parts.reporter.onApi();
      },
      log,
      signal,
    });
  return { addPaths, open, address: (node) => (server.access === undefined ? undefined : apiAddressOf(listen, node)) };
}

function questionsOf({ cache, reconciler, reporter, health, journal }: ApiParts): ApiQuestions {
  const listeners = () => reconciler.progress.applied?.desired.listeners ?? [];
  const nodeOf = (endpoint: string) => cache.endpoints.get(endpoint)?.at.node;
  const trials = new NodeTrials(() => addressesToTry(listeners(), nodeOf, reporter.state().node.node));
  return {
    name: () => {
      const { node, proxy } = reporter.state();
      return `${node.node}/${proxy}`;
    },
    facts: () => agentFacts(reporter.state()),
    rejections: () => ({
      rejections: allRejections(reporter.state()).map(({ code, key, reason }) => ({
        code,
        key,
        reason: cutSentence(reason),
      })),
    }),
    services: () => reporter.services(),
    reach: () => trials.ask(),
    health: (service) => health.ask(service),
    journal: async (query) => {
      const question = readJournalQuestion(query);
      return typeof question === "string" ? question : journal.answer(question);
    },
    moment: async (query) => {
      const question = readMomentQuestion(query);
      return typeof question === "string" ? question : journal.moment(question);
    },
    targets: (question) => targetsOf(cache.nodes.present(), question),
  };
}
