import type { RefusedCount } from "@fairway/haproxy";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** What the gauges show, read when they are asked for. */
export type Numbers = {
  readonly endpoints: number;
  /** Workers that finish their connections after a reload, when HAProxy was last asked. */
  readonly oldWorkers: number;
  /** Old workers that were ended with their connections. */
  readonly workersEnded: number;
  /** Connections to servers that lost their role, ended. */
  readonly lostRoleSessionsEnded: number;
  readonly refusedConnections: readonly RefusedCount[];
  readonly isConnected: boolean;
  readonly appliedRevision: bigint;
  /** By state: ready, drain, maint, orphaned. */
  readonly servers: Readonly<Record<string, number>>;
  /** Codes of what is not served, one for each. */
  readonly rejectionCodes: readonly string[];
  /** When each certificate that is served expires, ms since 1970, by name. */
  readonly certificateEnds: readonly (readonly [name: string, expiresAt: number])[];
};

/** The agent's metrics. */
export type AgentMetrics = {
  readonly registry: Registry;
  readonly reloads: Counter;
  /** By reason: each kind of reason that a reload had. */
  readonly reloadReasons: Counter<"reason">;
  readonly commands: Counter;
  /** Lists of the registry, each the begin of a session. */
  readonly sessions: Counter;
  /** Seconds from the watch's event to its application. */
  readonly propagation: Histogram;
};

const buckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];

/** `unnamed`: connections by port that got the default certificate, see `Haproxy.unnamed`. */
export function agentMetrics(
  numbers: () => Numbers,
  unnamed: () => Promise<ReadonlyMap<number, number>>,
): AgentMetrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, value: (now: Numbers) => number) => {
    const collect = function collect(this: Gauge) {
      this.set(value(numbers()));
    };
    return new Gauge({ name: `fairway_agent_${name}`, help, registers, collect });
  };
  gauge("endpoints", "Endpoints in scope, orphans among them.", (now) => now.endpoints);
  gauge("old_workers", "Workers that finish their connections after a reload.", (now) => now.oldWorkers);
  gauge("registry_connected", "1 while a session with the registry lasts.", (now) => Number(now.isConnected));
  gauge("applied_revision", "Registry revision up to which everything is applied.", (now) =>
    Number(now.appliedRevision),
  );
  perLabel(registry, "fairway_agent_servers", "Servers, by state.", "state", () => Object.entries(numbers().servers));
  perLabel(registry, "fairway_agent_rejections", "What is asked for and not served, by code.", "code", () =>
    counted(numbers().rejectionCodes),
  );
  const expiry = "fairway_certificate_expiry_timestamp_seconds";
  perLabel(registry, expiry, "When a certificate of TLS listeners expires.", "certificate", () =>
    numbers().certificateEnds.map(([name, expiresAt]) => [name, expiresAt / 1000]),
  );
  const counter = (name: string, help: string) => new Counter({ name: `fairway_agent_${name}_total`, help, registers });
  const reloads = counter("reloads", "Reloads of HAProxy.");
  registry.registerMetric(counterOf("old_workers_ended", workersHelp, () => numbers().workersEnded));
  registry.registerMetric(counterOf("lost_role_sessions_ended", rolesHelp, () => numbers().lostRoleSessionsEnded));
  registry.registerMetric(refusedConnections(numbers));
  registry.registerMetric(defaultCertificates(unnamed));
  const commands = counter("runtime_commands", "Runtime commands sent to HAProxy for changes of servers.");
  const sessions = counter("registry_sessions", "Sessions with the registry: one list and one watch each.");
  const reloadReasons = new Counter({
    name: "fairway_agent_reload_reasons_total",
    help: "Reasons that reloads of HAProxy had, by kind.",
    labelNames: ["reason"] as const,
    registers,
  });
  const help = "Seconds from the registry's event to its application.";
  const propagation = new Histogram({ name: "fairway_agent_propagation_seconds", help, buckets, registers });
  return { registry, reloads, reloadReasons, commands, sessions, propagation };
}

const workersHelp = "Old workers ended with their connections, as there were too many.";
const rolesHelp = "Connections ended that servers had which lost the role that CHECK asks for.";

/** Counted where it is done: workers, for one, are ended for a reload that fails, too. */
function counterOf(what: string, help: string, value: () => number): Counter {
  const collect = function collect(this: Counter) {
    this.reset();
    this.inc(value());
  };
  return new Counter({ name: `fairway_agent_${what}_total`, help, registers: [], collect });
}

/** Counted by HAProxy. */
function refusedConnections(numbers: () => Numbers): Counter<"listener" | "reason"> {
  const name = "fairway_agent_refused_connections_total";
  const help = "Connections that a listener refused by its ALLOW, DENY, RATE or CONNECTIONS, or as too many waited.";
  const collect = function collect(this: Counter<"listener" | "reason">) {
    this.reset();
    for (const { listener, reason, count } of numbers().refusedConnections)
      this.inc({ listener: String(listener), reason }, count);
  };
  return new Counter({ name, help, labelNames: ["listener", "reason"], registers: [], collect });
}

/** HAProxy counts, each worker from 0; while none answers there is nothing to tell. */
function defaultCertificates(unnamed: () => Promise<ReadonlyMap<number, number>>): Counter<"port"> {
  const name = "fairway_default_certificate_connections_total";
  const help = "TLS connections that got the default certificate, as none was for the name that they asked for.";
  const collect = async function collect(this: Counter<"port">) {
    const counts = await unnamed().catch(() => new Map<number, number>());
    this.reset();
    for (const [port, count] of counts) this.inc({ port: String(port) }, count);
  };
  return new Counter({ name, help, labelNames: ["port"], registers: [], collect });
}

function perLabel(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  values: () => Iterable<readonly [string, number]>,
): void {
  const collect = function collect(this: Gauge) {
    this.reset();
    for (const [text, count] of values()) this.set({ [label]: text }, count);
  };
  registry.registerMetric(new Gauge({ name, help, labelNames: [label], registers: [], collect }));
}

function counted(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
