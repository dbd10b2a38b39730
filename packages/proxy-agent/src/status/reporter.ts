import { encode } from "@fairway/contract";
import { type LeasedRecord } from "@fairway/registry";
import type { Readiness, Status } from "@fairway/program";
import type { Agent } from "../agent.ts";
import type { Applier } from "../apply/applier.ts";
import type { Applied } from "../apply/context.ts";
import type { Running } from "../plan/running.ts";
import { agentMetrics, type AgentMetrics } from "./metrics.ts";
import { allRejections, serverCounts, type HaproxyPicture, type Picture } from "./picture.ts";
import { createPublisher } from "./publish.ts";
import { proxyRecord } from "./proxy-record.ts";
import { reloadReason } from "./reload-reason.ts";
import { statusOf } from "./status.ts";

/** What a {@link Reporter} is told. */
export type ReporterOptions = Pick<Picture, "version"> & {
  /** Where the proxy stands and what it serves now. */
  readonly place: () => Pick<Picture, "proxy" | "vantage" | "scope" | "addon">;
  /** Why it waits before it asks the registry at all; undefined: it does not. */
  readonly waitingFor: () => string | undefined;
  readonly agent: Agent;
  readonly applier: Applier;
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
  applied(outcome: Applied, propagationS: number | undefined): void {
    if (!outcome.ok) return;
    if (outcome.how === "reload") this.metrics.reloads.inc();
    for (const reason of outcome.how === "reload" ? outcome.reasons : []) {
      this.metrics.reloadReasons.inc({ reason: reloadReason(reason) });
    }
    this.metrics.commands.inc(outcome.commands);
    if (propagationS !== undefined && outcome.how !== "none") this.metrics.propagation.observe(propagationS);
    if (outcome.how === "reload" || outcome.how === "start" || this.#haproxy === undefined) void this.askWorker();
  }

  /** Asks HAProxy which worker is current. */
  async askWorker(): Promise<boolean> {
    const { applier } = this.#options;
    try {
      const { pid, oldWorkers } = await applier.worker();
      this.#oldWorkers = oldWorkers;
      this.#haproxy = { version: applier.haproxyVersion, pid };
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
    const ready = this.#options.agent.readiness();
    if (!ready.ready) return ready;
    return (await this.askWorker()) ? ready : { ready: false, reason: "HAProxy's current worker does not answer" };
  }

  status(): Status {
    return statusOf(this.#picture());
  }

  #picture(): Picture {
    const { agent, applier, notes, version, place } = this.#options;
    const { applied, lastError, view } = agent;
    return {
      version,
      ...place(),
      view,
      lastError,
      desired: applied?.desired,
      refusals: applier.refusals(),
      leaving: leavingServers(applier.running()),
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

function leavingServers(running: Running | undefined): number {
  const servers = [...(running?.listeners.values() ?? [])].flatMap(({ servers }) => servers);
  return servers.filter(({ admin }) => admin === "maint").length;
}
