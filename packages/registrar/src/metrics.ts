import { endpointStates } from "@fairway/contract";
import { addBuildInfo } from "@fairway/program";
import { Counter, Gauge, Registry } from "prom-client";
import type { RegistrarParts } from "./status.ts";

/** One metric, read from the parts when it is asked for. */
type Metric = {
  readonly name: string;
  readonly help: string;
  readonly kind: typeof Counter | typeof Gauge;
  /** The one label. */
  readonly label?: string;
  /** By the label's value; without a label the value of `""` alone. */
  readonly values: (parts: RegistrarParts | undefined) => ReadonlyMap<string, number>;
};

const table: readonly Metric[] = [
  {
    name: "registry_connected",
    help: "1 while the registry answers.",
    kind: Gauge,
    values: (parts) => single(parts?.publisher.state().connected),
  },
  {
    name: "engine_connected",
    help: "1 while the Docker engine is followed.",
    kind: Gauge,
    values: (parts) => single(parts?.registrar.engineState.kind === "followed"),
  },
  {
    name: "registry_sessions_total",
    help: "Sessions with the registry: one lease each.",
    kind: Counter,
    values: (parts) => single(parts?.publisher.state().sessions),
  },
  {
    name: "addon_listening",
    help: "1 while proxy containers can ask for their subscription.",
    kind: Gauge,
    values: (parts) => single(parts?.addon.state().listening),
  },
  {
    name: "addon_requests_total",
    help: "Requests for a subscription, by what became of them.",
    kind: Counter,
    label: "outcome",
    values: (parts) => new Map(Object.entries(parts?.addon.state().requests ?? {})),
  },
  {
    name: "endpoints",
    help: "Endpoints of this node's containers, by state.",
    kind: Gauge,
    label: "state",
    values: (parts) => countEach(endpointsOf(parts), endpointStates),
  },
  {
    name: "drained",
    help: "Containers with records that an operator drains, one by one or with the node.",
    kind: Gauge,
    values: (parts) => single(drainedOf(parts)),
  },
  {
    name: "rejections",
    help: "What is refused or looks unintended, by code.",
    kind: Gauge,
    label: "code",
    values: (parts) => countEach(codesOf(parts)),
  },
];

/** The registrar's metrics; `parts` is asked each time. */
export function registrarMetrics(version: string, parts: () => RegistrarParts | undefined): Registry {
  const metrics = new Registry();
  addBuildInfo(metrics, { program: "registrar", version });
  for (const metric of table) metrics.registerMetric(collected(metric, parts));
  return metrics;
}

function collected(
  { name, help, kind, label, values }: Metric,
  parts: () => RegistrarParts | undefined,
): Counter | Gauge {
  return new kind({
    name: `fairway_registrar_${name}`,
    help,
    labelNames: label === undefined ? [] : [label],
    registers: [],
    collect(this: Counter | Gauge) {
      this.reset();
      for (const [text, value] of values(parts())) this.inc(label === undefined ? {} : { [label]: text }, value);
    },
  });
}

function endpointsOf(parts: RegistrarParts | undefined): readonly string[] {
  return (parts?.registrar.states() ?? []).flatMap(({ endpoints }) => endpoints.map(({ state }) => state));
}

function codesOf(parts: RegistrarParts | undefined): readonly string[] {
  return (parts?.registrar.states() ?? []).flatMap(({ rejections }) => rejections.map(({ code }) => code));
}

function drainedOf(parts: RegistrarParts | undefined): number {
  if (parts === undefined) return 0;
  return parts.registrar.states().filter(({ container }) => parts.drains.isDrained(container.id)).length;
}

function single(value: boolean | number | undefined): ReadonlyMap<string, number> {
  return new Map([["", Number(value ?? 0)]]);
}

function countEach(texts: readonly string[], always: readonly string[] = []): ReadonlyMap<string, number> {
  const counts = new Map(always.map((text) => [text, 0]));
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
