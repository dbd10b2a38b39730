import { encode, type ProxyRecord, type ServicesAnswer } from "@fairway/contract";
import type { Haproxy } from "@fairway/haproxy";
import { addBuildInfo, type Log, type Readiness, type Status } from "@fairway/program";
import type { DesiredState } from "../desired/desired-state.ts";
import type { Observed } from "../observed.ts";
import { noteOldWorkers } from "../reconcile/old-workers.ts";
import type { Wanted } from "../desired/desired.ts";
import type { Applied } from "../reconcile/progress.ts";
import type { Reconciler } from "../reconcile/reconciler.ts";
import type { ConnectionLog } from "../connections/connection-log.ts";
import type { Certificates } from "../certificates/certificates.ts";
import type { RegistryCache } from "../registry/cache.ts";
import type { AgentConfig } from "../config/agent-config.ts";
import type { RegistryConnection } from "../registry/connection.ts";
import type { Waits } from "../registry/waits.ts";
import { allRejections, serverCounts, type AgentState, type HaproxyState } from "./agent-state.ts";
import { agentMetrics, type AgentMetrics } from "./metrics.ts";
import type { LostRoles } from "../reconcile/lost-roles.ts";
import { proxyRecord } from "./proxy-record.ts";
import { RecordPublisher } from "./record-publisher.ts";
import type { RefusedConnections } from "./refused-connections.ts";
import { toldFigure, type ServiceFigures } from "./service-figures.ts";
import { addConnectionMetrics } from "./connection-metrics.ts";
import { addServiceMetrics } from "./service-metrics.ts";
import { statusOf } from "./status.ts";

/** What a {@link Reporter} looks at. */
export type ReporterOptions = {
  readonly version: string;
  readonly cache: RegistryCache;
  readonly desired: DesiredState;
  readonly reconciler: Pick<
    Reconciler,
    "progress" | "observed" | "refusals" | "waiting" | "leftOut" | "owed" | "workersEnded"
  >;
  readonly haproxy: Pick<Haproxy, "info" | "processes" | "unnamed">;
  readonly haproxyVersion: string;
  /** What HAProxy has against the settings, when earlier ones stay in force. */
  readonly refusal: string | undefined;
  readonly connection: RegistryConnection<AgentConfig>;
  readonly waits: Pick<Waits, "isDue">;
  /** Items left out of settings, and what else the operator's text became. */
  readonly notes: () => readonly string[];
  readonly certificates: Pick<Certificates, "ends">;
  readonly refused: Pick<RefusedConnections, "totals">;
  readonly figures: Pick<ServiceFigures, "ask">;
  readonly lostRoles: Pick<LostRoles, "sessionsEnded">;
  /** Where this agent answers other machines; undefined: it does not. */
  readonly apiAddress: () => AgentState["api"];
  /** Undefined: CONNECTION_LOG is off. */
  readonly connections: Pick<ConnectionLog, "idleEnds" | "lost"> | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Shows what the agent does: status, metrics, readiness, and its record in the registry. */
export class Reporter {
  readonly metrics: AgentMetrics;
  readonly #options: ReporterOptions;
  readonly #publisher: RecordPublisher;
  #haproxy: HaproxyState | undefined;
  #oldWorkers = 0;

  constructor(options: ReporterOptions) {
    const { cache, connection, reconciler, waits, log, signal } = options;
    this.#options = options;
    this.metrics = agentMetrics(
      () => this.#numbers(),
      () => options.haproxy.unnamed(),
    );
    const { registry } = this.metrics;
    addBuildInfo(registry, { program: "proxy-agent", version: options.version });
    addServiceMetrics(registry, options.figures, () => allRejections(this.state()));
    if (options.connections) addConnectionMetrics(registry, options.connections);
    const record = (before: ProxyRecord | undefined) => proxyRecord(this.state(), before);
    const write = (now: ProxyRecord, isUrgent: boolean) => connection.setRecord(encode(now), isUrgent);
    const isAwaited = (told: bigint) => waits.isDue(told, reconciler.progress.applied?.revision ?? 0n);
    this.#publisher = new RecordPublisher({ record, write, isAwaited, log, signal });
    cache.on("session", () => this.metrics.sessions.inc());
    cache.on("change", () => this.#publisher.wake());
  }

  /** An application ended. */
  onApplied(outcome: Applied, { sinceMs }: Wanted): void {
    this.#publisher.wake();
    if (!outcome.ok) return;
    if (outcome.how === "reload") this.metrics.reloads.inc();
    for (const { code } of outcome.how === "reload" ? outcome.reasons : [])
      this.metrics.reloadReasons.inc({ reason: code });
    this.metrics.commands.inc(outcome.commands);
    if (sinceMs !== undefined && outcome.how !== "none") {
      this.metrics.propagation.observe((performance.now() - sinceMs) / 1000);
    }
    if (outcome.how === "reload" || outcome.how === "start" || this.#haproxy === undefined) void this.askWorker();
  }

  /** An application failed, or HAProxy was started again. */
  onHaproxyChange(): void {
    this.#publisher.wake();
    void this.askWorker();
  }

  /** Asks HAProxy which worker is current. */
  async askWorker(): Promise<boolean> {
    const { haproxy, haproxyVersion: version } = this.#options;
    try {
      const [{ pid }, { oldWorkers }] = await Promise.all([haproxy.info(), haproxy.processes()]);
      this.#oldWorkers = oldWorkers.length;
      this.#haproxy = { version, pid };
      this.#publisher.wake();
      return true;
    } catch {
      return false;
    }
  }

  /** Ready when everything in the cache is applied and the current worker answers; else the sentence that says why not. */
  async readiness(): Promise<Readiness> {
    const reason = this.#whyNotInStep();
    if (reason !== undefined) return { ready: false, reason };
    if (await this.askWorker()) return { ready: true };
    return { ready: false, reason: "HAProxy's current worker does not answer" };
  }

  status(): Status {
    return statusOf(this.state());
  }

  /** Call when this agent begins to answer other machines. */
  onApi(): void {
    this.#publisher.wake();
  }

  #whyNotInStep(): string | undefined {
    const { cache, reconciler, connection } = this.#options;
    const { applied, lastError } = reconciler.progress;
    if (connection.waitingFor !== undefined) return connection.waitingFor;
    if (!cache.isComplete) return "the registry has not been listed yet";
    if (lastError !== undefined) return lastError;
    const isApplied = applied !== undefined && applied.revision >= cache.revision;
    return isApplied ? undefined : `revision ${cache.revision} is not applied yet`;
  }

  /** What services did and do, as HAProxy counts it. */
  async services(): Promise<ServicesAnswer> {
    const services = await this.#options.figures.ask();
    return { services: services.map(toldFigure) };
  }

  /** The agent as it is now. */
  state(): AgentState {
    const { version, cache, desired, reconciler, connection, notes, refusal } = this.#options;
    const { applied, lastError = refusal } = reconciler.progress;
    const { proxyName, node, nodeNamedBy, facts, scope } = connection.config;
    return {
      version,
      proxy: proxyName,
      node: { node, nodeNamedBy },
      addon: connection.addonStatus,
      vantage: facts.vantage,
      scope: scope.prefixes,
      balancer: facts.ownership.balancer,
      cache,
      desired: applied?.desired,
      facts: desired.facts,
      rejections: desired.rejections(),
      leftOut: reconciler.leftOut,
      ownerOf: (front) => desired.ownerOf(front),
      refusals: reconciler.refusals,
      owed: reconciler.owed,
      waiting: reconciler.waiting,
      leaving: countLeaving(reconciler.observed),
      appliedRevision: applied?.revision ?? 0n,
      appliedAt: applied?.at ?? "",
      haproxy: this.#haproxy,
      api: this.#options.apiAddress(),
      lastError,
      certificateEnds: this.#options.certificates.ends,
      notes: [...notes(), ...noteOldWorkers(this.#oldWorkers)],
    };
  }

  #numbers() {
    const state = this.state();
    return {
      endpoints: state.cache.endpoints.size,
      oldWorkers: this.#oldWorkers,
      workersEnded: this.#options.reconciler.workersEnded,
      lostRoleSessionsEnded: this.#options.lostRoles.sessionsEnded,
      isConnected: state.cache.isConnected,
      appliedRevision: state.appliedRevision,
      refusedConnections: this.#options.refused.totals,
      servers: serverCounts(state),
      certificateEnds: this.#options.certificates.ends,
      rejectionCodes: allRejections(state).map(({ code }) => code),
    };
  }
}

function countLeaving(observed: Observed | undefined): number {
  const servers = [...(observed?.listeners.values() ?? [])].flatMap(({ servers }) => servers);
  return servers.filter(({ admin }) => admin === "maint").length;
}
