import { parseEndpointKey, type Rejection } from "@fairway/contract";
import type { Log } from "@fairway/program";
import type { RecordChanges } from "@fairway/registry";
import type { ContainerState } from "./container-state.ts";

/** Logs what is refused of a container, once for as long as it stays the same. */
export function logRejections(log: Log, before: readonly Rejection[], after: ContainerState | undefined): void {
  const known = new Set(before.map((rejection) => JSON.stringify(rejection)));
  for (const rejection of after?.rejections ?? []) {
    if (known.has(JSON.stringify(rejection))) continue;
    const fields = { container: after?.container.name, ...after?.name, ...rejection };
    if (rejection.severity === "refused") log.warn(fields, "refused what a container asks for");
    else log.info(fields, "hint on a container");
  }
}

/** Logs each endpoint that appeared, changed its state or left. */
export function logChanges(log: Log, changes: RecordChanges, after: ContainerState | undefined): void {
  const states = new Map(after?.endpoints.map(({ key, state }) => [key, state]));
  for (const [key, value] of changes) {
    if (parseEndpointKey(key) === undefined) continue;
    if (value === undefined) log.info({ key }, "endpoint left");
    else log.info({ key, state: states.get(key) }, "endpoint changed");
  }
}
