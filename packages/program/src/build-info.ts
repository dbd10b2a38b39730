import { Gauge, type Registry } from "prom-client";

/** Adds to a program's metrics which one it is, and of which version. */
export function addBuildInfo(metrics: Registry, labels: { readonly program: string; readonly version: string }): void {
  const help = "Always 1: which program this is, and its version.";
  const labelNames = ["program", "version"] as const;
  new Gauge({ name: "fairway_build_info", help, labelNames, registers: [metrics] }).set(labels, 1);
}
