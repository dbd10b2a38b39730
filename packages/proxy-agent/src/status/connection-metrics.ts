import { shown } from "@fairway/contract";
import { Counter, type Registry } from "prom-client";
import type { ConnectionLog } from "../connections/connection-log.ts";

/** Adds what the log of connections tells to the metrics: by project and service, never by container. */
export function addConnectionMetrics(registry: Registry, log: Pick<ConnectionLog, "idleEnds" | "lost">): void {
  const idle = new Counter({
    name: "fairway_service_idle_ended_total",
    help: "Connections of a service that IDLE ended, as no byte came for that long.",
    labelNames: ["project", "service"],
    registers: [],
    collect() {
      this.reset();
      for (const { project, service, count } of log.idleEnds.all()) {
        this.inc({ project: shown(project), service: shown(service) }, count);
      }
    },
  });
  const lost = new Counter({
    name: "fairway_connection_log_lost_total",
    help: "Lines of HAProxy's log of connections that never came.",
    registers: [],
    collect() {
      this.reset();
      this.inc(log.lost);
    },
  });
  for (const metric of [idle, lost]) registry.registerMetric(metric);
}
