import { endpointStates } from "@fairway/contract";
import { Counter, Gauge, Registry } from "prom-client";
import type { Parts } from "./status.ts";

/** The registrar's metrics, read from what it holds when they are asked for. */
export function registrarMetrics(parts: () => Parts | undefined): Registry {
  const metrics = new Registry();
  const registers = [metrics];
  const states = () => parts()?.registrar.states() ?? [];
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({ name: `fairway_registrar_${name}`, help, registers, collect: collectOne(value) });

  gauge("registry_connected", "1 while the registry answers.", () => Number(parts()?.publisher.state().connected));
  gauge("engine_connected", "1 while the Docker engine is followed.", () => {
    return Number(parts()?.registrar.engineState.kind === "followed");
  });
  const sessions = () => parts()?.publisher.state().sessions ?? 0;
  const help = "Sessions with the registry: one lease each.";
  metrics.registerMetric(
    new Counter({
      name: "fairway_registrar_registry_sessions_total",
      help,
      registers: [],
      collect() {
        this.reset();
        this.inc(sessions());
      },
    }),
  );
  gauge("addon_listening", "1 while proxy containers can ask for their subscription.", () => {
    return Number(parts()?.addon.state().listening);
  });
  addonRequests(metrics, () => parts()?.addon.state().requests);
  perLabel(metrics, "endpoints", "Endpoints of this node's containers, by state.", "state", () => {
    const all = states().flatMap(({ endpoints }) => endpoints.map(({ state }) => state));
    return counted(all, endpointStates);
  });
  perLabel(metrics, "rejections", "What is refused or looks unintended, by code.", "code", () => {
    return counted(states().flatMap(({ rejections }) => rejections.map(({ code }) => code)));
  });
  return metrics;
}

function addonRequests(metrics: Registry, counts: () => Readonly<Record<string, number>> | undefined): void {
  const collect = function collect(this: Counter) {
    this.reset();
    for (const [outcome, count] of Object.entries(counts() ?? {})) this.inc({ outcome }, count);
  };
  const name = "fairway_registrar_addon_requests_total";
  const help = "Requests for a subscription, by what became of them.";
  metrics.registerMetric(new Counter({ name, help, labelNames: ["outcome"], registers: [], collect }));
}

function collectOne(value: () => number) {
  return function collect(this: Gauge) {
    this.set(value() || 0);
  };
}

function perLabel(
  metrics: Registry,
  name: string,
  help: string,
  label: string,
  values: () => ReadonlyMap<string, number>,
): void {
  const collect = function collect(this: Gauge) {
    this.reset();
    for (const [text, count] of values()) this.set({ [label]: text }, count);
  };
  metrics.registerMetric(
    new Gauge({ name: `fairway_registrar_${name}`, help, labelNames: [label], registers: [], collect }),
  );
}

function counted(texts: readonly string[], always: readonly string[] = []): ReadonlyMap<string, number> {
  const counts = new Map(always.map((text) => [text, 0]));
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
