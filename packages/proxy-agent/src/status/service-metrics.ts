import { parseEndpointKey, shown } from "@fairway/contract";
import { Counter, Gauge, type Registry } from "prom-client";
import type { EndpointRejection } from "../desired/desired.ts";
import { serverStates, type ServiceFigure, type ServiceFigures } from "./service-figures.ts";

/** One value of a metric, with the label that it has beside project and service. */
type Value = { readonly label?: string; readonly value: number };

/** One metric of each service. */
type Metric = {
  readonly name: string;
  readonly help: string;
  readonly kind: typeof Counter | typeof Gauge;
  /** The label beside project and service. */
  readonly label?: string;
  readonly values: (figure: ServiceFigure) => readonly Value[];
};

const table: readonly Metric[] = [
  {
    name: "sessions_total",
    help: "Connections that servers of a service were given.",
    kind: Counter,
    values: ({ sessions }) => [{ value: sessions }],
  },
  {
    name: "sessions",
    help: "Connections that servers of a service have now.",
    kind: Gauge,
    values: ({ current }) => [{ value: current }],
  },
  {
    name: "received_bytes_total",
    help: "Bytes that clients sent to a service.",
    kind: Counter,
    values: ({ bytesIn }) => [{ value: bytesIn }],
  },
  {
    name: "sent_bytes_total",
    help: "Bytes that a service sent to clients.",
    kind: Counter,
    values: ({ bytesOut }) => [{ value: bytesOut }],
  },
  {
    name: "connect_errors_total",
    help: "Attempts to connect to servers of a service that failed.",
    kind: Counter,
    values: ({ connectErrors }) => [{ value: connectErrors }],
  },
  {
    name: "connect_seconds",
    help: "Mean time to connect to servers of a service, of the last 1,024 connections to each.",
    kind: Gauge,
    values: ({ connectS }) => (connectS === undefined ? [] : [{ value: connectS }]),
  },
  {
    name: "servers",
    help: "Servers of a service in HAProxy, by state.",
    kind: Gauge,
    label: "state",
    values: ({ servers }) => serverStates.map((label) => ({ label, value: servers[label] })),
  },
];

/** Adds what the services of this proxy do to its metrics: by project and service, never by container. */
export function addServiceMetrics(
  registry: Registry,
  figures: Pick<ServiceFigures, "ask">,
  rejections: () => readonly EndpointRejection[],
): void {
  for (const metric of table) registry.registerMetric(serviceMetric(metric, figures));
  registry.registerMetric(serviceRejections(rejections));
}

function serviceMetric({ name, help, kind, label, values }: Metric, figures: Pick<ServiceFigures, "ask">) {
  return new kind({
    name: `fairway_service_${name}`,
    help,
    labelNames: ["project", "service", ...(label === undefined ? [] : [label])],
    registers: [],
    async collect(this: Counter | Gauge) {
      const now = await figures.ask();
      this.reset();
      for (const figure of now) {
        const whose = { project: shown(figure.project), service: shown(figure.service) };
        for (const each of values(figure)) this.inc({ ...whose, ...(label && { [label]: each.label }) }, each.value);
      }
    },
  });
}

/** More series than this of what is refused are not told: strangers choose the names. */
const mostSeries = 2000;

function serviceRejections(rejections: () => readonly EndpointRejection[]): Gauge {
  return new Gauge({
    name: "fairway_service_rejections",
    help: "What a service asks for and this proxy does not serve, by code.",
    labelNames: ["project", "service", "code"],
    registers: [],
    collect(this: Gauge) {
      this.reset();
      const told = new Set<string>();
      for (const { key, code } of rejections()) {
        const at = parseEndpointKey(key);
        if (at === undefined) continue;
        const labels = { project: shown(at.project), service: shown(at.service), code };
        const id = JSON.stringify(labels);
        if (!told.has(id) && told.size >= mostSeries) continue;
        told.add(id);
        this.inc(labels);
      }
    },
  });
}
