import type { RemovedContainer } from "@fairway/registry";
import { Containers } from "../../src/containers/containers.ts";
import type { Container } from "../../src/docker/container.ts";
import type { EngineEvent } from "../../src/docker/events.ts";
import { aContainer, containerId } from "../a-container.ts";
import { aPublisher } from "../a-publisher.ts";
import { aGate } from "./a-gate.ts";

/** When it was started, in milliseconds. */
export const started = 1_000_000;
export const endpoint = "endpoints/_/web/6379/node-1/4f5c1b2a9d3e";
export const report = "rejections/node-1/4f5c1b2a9d3e";

/** One running container with an endpoint and a bad label, and what becomes of its records. */
export async function given(builder = aContainer()) {
  let drained = false;
  const publisher = aPublisher();
  const lines: string[] = [];
  const write = (fields: object, message?: string) => {
    const { key = "", code = "" } = fields as Readonly<Record<string, string>>;
    lines.push(`${message}: ${key || code}`);
  };
  const log = { debug: write, info: write, warn: write, error: write } as never;
  const removed: RemovedContainer[] = [];
  const onRemoved = (container: RemovedContainer) => void removed.push(container);
  const containers = new Containers({
    ...aGate(),
    publisher,
    isDrained: () => drained,
    onRemoved,
    log,
  });
  const container = builder
    .on("bridge", "172.17.0.3")
    .withHealth("healthy")
    .serving("6379, x")
    .startedAt(started)
    .build();
  const inspect = (but: Partial<Container> = {}) => {
    const now = { ...container, ...but };
    return containers.update(containerId, { kind: "running", container: now, networkOwner: now });
  };
  await inspect();
  const onEvent = (event: Partial<EngineEvent>) => {
    return containers.onEvent({ containerId, what: "changed", signal: 0, atMs: started + 1, ...event });
  };
  const records = () => {
    const text = publisher.get(endpoint);
    const { state } = (text === undefined ? {} : JSON.parse(text)) as { readonly state?: string };
    return { state, isReported: publisher.get(report) !== undefined };
  };
  const drain = async (is: boolean, look: () => unknown = inspect) => {
    drained = is;
    await look();
    const { state, drained: told } = JSON.parse(publisher.get(endpoint) ?? "{}") as Readonly<Record<string, unknown>>;
    return { state, told };
  };
  return { containers, publisher, inspect, onEvent, records, lines, removed, drain };
}
