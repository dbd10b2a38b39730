import type { EndpointKey } from "@fairway/contract";
import { ConnectionLog } from "../connections/connection-log.ts";
import type { Reconciler } from "../reconcile/reconciler.ts";
import type { PrepareOptions } from "./prepare.ts";

/** Reads the log of connections of each worker that the reconciler starts. `endpoints`: those of the snapshot. */
export function followConnections(
  { proxy, log, signal }: Pick<PrepareOptions, "proxy" | "log" | "signal">,
  reconciler: Pick<Reconciler, "on">,
  endpoints: Iterable<{ readonly at: EndpointKey }>,
): ConnectionLog {
  const { haproxy, adopted } = proxy;
  const isAdopted = adopted !== undefined;
  const known = isAdopted ? [...endpoints].map(({ at }) => at) : [];
  const connections = new ConnectionLog({ haproxy, isAdopted, known, log, signal });
  reconciler.on("wanted", ({ desired }) => connections.follow(desired.listeners));
  reconciler.on("applied", (outcome) => {
    if (outcome.ok && (outcome.how === "reload" || outcome.how === "start")) connections.lookAnew();
  });
  return connections;
}
