import { encode } from "@fairway/contract";
import { type LeasedRecord } from "@fairway/registry";
import type { Readiness, Status } from "@fairway/program";
import type { Agent } from "../agent.ts";
import type { Haproxy } from "@fairway/haproxy";
import type { Observed } from "../reconcile/observed.ts";
import type { Applied, Wanted } from "../reconcile/progress.ts";
import type { Reconciler } from "../reconcile/reconciler.ts";
import { agentMetrics, type AgentMetrics } from "./metrics.ts";
import { allRejections, serverCounts, type HaproxyPicture, type Picture } from "./picture.ts";
import { createPublisher } from "./publish.ts";
import { proxyRecord } from "./proxy-record.ts";
import { statusOf } from "./status.ts";

/** What a {@link Reporter} is told. */
export type ReporterOptions = Pick<Picture, "version"> & {
  /** Where the proxy stands and what it serves now. */
  readonly place: () => Pick<Picture, "proxy" | "vantage" | "scope" | "addon">;
  /** Why it waits before it asks the registry at all; undefined: it does not. */
  readonly waitingFor: () => string | undefined;
  readonly agent: Agent;
  readonly reconciler: Pick<Reconciler, "progress" | "observed" | "refusals">;
  readonly haproxy: Pick<Haproxy, "info" | "processes">;
  readonly haproxyVersion: string;
  /** What HAProxy has against the settings, when earlier ones stay in force. */
  readonly refusal: string | undefined;
  readonly record: Pick<LeasedRecord, "set">;
  /** Items left out of settings, and what else the operator's text became. */
  readonly notes: () => readonly string[];
  readonly signal: AbortSignal;
};

/** Tells what the agent does: status, metrics, readiness, and its record in the registry. */
export class Reporter {
  readonly metrics: AgentMetrics;
  readonly #options: ReporterOptions;
  readonly #publish: () => void;
  #haproxy: HaproxyPicture | undefined;
  #oldWorkers = 0;

  constructor(options: ReporterOptions) {
    const { record, signal } = options;
    this.#options = options;
    this.metrics = agentMetrics(() => this.#numbers());
    this.#publish = createPublisher({
      record: () => proxyRecord(this.#picture()),
      write: (now) => record.set(encode(now)),
      signal,
    });
  }

  /** Something may have changed that the record tells of. */
  changed(): void {
    this.#publish();
  }

  /** A session with the registry has begun. */
  sessionBegan(): void {
    this.metrics.sessions.inc();
  }

  /** An application ended. */
  applied(outcome: Applied, { sinceMs }: Wanted): void {
    if (!outcome.ok) return;
    if (outcome.how === "reload") this.metrics.reloads.inc();
    for (const reason of outcome.how === "reload" ? outcome.reasons : []) {
      this.metrics.reloadReasons.inc({ reason: reason.code });
    }
    this.metrics.commands.inc(outcome.commands);
    if (sinceMs !== undefined && outcome.how !== "none") {
      this.metrics.propagation.observe((performance.now() - sinceMs) / 1000);
    }
    if (outcome.how === "reload" || outcome.how === "start" || this.#haproxy === undefined) void this.askWorker();
  }

  /** Asks HAProxy which worker is current. */
  async askWorker(): Promise<boolean> {
    const { haproxy, haproxyVersion: version } = this.#options;
    try {
      const [{ pid }, { oldWorkers }] = await Promise.all([haproxy.info(), haproxy.processes()]);
      this.#oldWorkers = oldWorkers.length;
      this.#haproxy = { version, pid };
      this.changed();
      return true;
    } catch {
      return false;
    }
  }

  /** Ready when the agent is and the current worker answers. */
  async readiness(): Promise<Readiness> {
    const waitingFor = this.#options.waitingFor();
    if (waitingFor !== undefined) return { ready: false, reason: waitingFor };
    const reason = this.#whyNotReady();
    if (reason !== undefined) return { ready: false, reason };
    if (await this.askWorker()) return { ready: true };
    return { ready: false, reason: "HAProxy's current worker does not answer" };
  }

  /** Undefined: all that the view holds is applied. */
  #whyNotReady(): string | undefined {
    const { agent, reconciler } = this.#options;
    const { applied, lastError } = reconciler.progress;
    if (!agent.view.isComplete) return "the registry has not been listed yet";
    if (lastError !== undefined) return lastError;
    if (applied && applied.revision >= agent.view.revision) return undefined;
    return `revision ${agent.view.revision} is not applied yet`;
  }

  status(): Status {
    return statusOf(this.#picture());
  }

  #picture(): Picture {
    const { agent, reconciler, notes, version, place, refusal } = this.#options;
    const { applied, lastError = refusal } = reconciler.progress;
    return {
      version,
      ...place(),
      view: agent.view,
      lastError,
      desired: applied?.desired,
      refusals: reconciler.refusals,
      leaving: leavingServers(reconciler.observed),
      appliedRevision: applied?.revision ?? 0n,
      appliedAt: applied?.at ?? "",
      haproxy: this.#haproxy,
      notes: notes(),
    };
  }

  #numbers() {
    const picture = this.#picture();
    return {
      endpoints: picture.view.endpoints.size,
      oldWorkers: this.#oldWorkers,
      isConnected: picture.view.isConnected,
      appliedRevision: picture.appliedRevision,
      servers: serverCounts(picture),
      rejectionCodes: allRejections(picture).map(({ code }) => code),
    };
  }
}

function leavingServers(observed: Observed | undefined): number {
  const servers = [...(observed?.listeners.values() ?? [])].flatMap(({ servers }) => servers);
  return servers.filter(({ admin }) => admin === "maint").length;
}
