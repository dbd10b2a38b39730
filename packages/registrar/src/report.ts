import { parseEndpointKey, type Rejection } from "@fairway/contract";
import type { Log } from "@fairway/program";
import type { Holding } from "./holdings.ts";
import type { Changes } from "./reconcile.ts";

/** Logs what is refused of a container, once for as long as it stays the same. */
export function reportRejections(log: Log, before: Holding | undefined, after: Holding): void {
  const known = new Set((before?.rejections ?? []).map(textOf));
  for (const rejection of after.rejections) {
    if (known.has(textOf(rejection))) continue;
    const fields = { container: after.container.name, ...after.name, ...rejection };
    if (rejection.severity === "refused") log.warn(fields, "refused what a container asks for");
    else log.info(fields, "hint on a container");
  }
}

/** Logs each endpoint that appeared, changed its state or left. */
export function reportChanges(log: Log, changes: Changes, holding: Holding | undefined): void {
  for (const [key, value] of changes) {
    if (parseEndpointKey(key) === undefined) continue;
    if (value === undefined) log.info({ key }, "endpoint left");
    else log.info({ key, state: stateOf(key, holding) }, "endpoint changed");
  }
}

function stateOf(key: string, holding: Holding | undefined): string | undefined {
  return holding?.endpoints.find((endpoint) => endpoint.key === key)?.state;
}

function textOf(rejection: Rejection): string {
  return JSON.stringify(rejection);
}
