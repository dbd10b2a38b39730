import type { RegistryClient } from "@fairway/registry";
import { ask } from "@fairway/standalone";
import { inspect, type StartEvent } from "./engine-events.ts";
import { epochMs } from "./served.ts";
import { simulatedRecord } from "./simulated-endpoints.ts";

/**
 * The least that a container's way to HAProxy can take with these parts, and what each step took, in milliseconds:
 * Docker's event is delivered, the container is inspected, a record is put and a watch tells of it, HAProxy carries out
 * one command. Nothing is decided, compared, checked or remembered on this way.
 */
export type FloorSteps = {
  readonly event: number;
  readonly inspect: number;
  readonly registry: number;
  readonly command: number;
};

/** Goes that way for one start event. */
export type Floor = (event: StartEvent) => Promise<FloorSteps>;

export type FloorFacts = {
  readonly docker: string;
  readonly client: RegistryClient;
  /** Socket of a HAProxy with one listener `floor`. */
  readonly haproxy: string;
};

const key = "floor/record";
const { value } = simulatedRecord({ at: 0, port: 1, node: "floor" }, "ready");

/** Opens the watch once, as an agent does. */
export async function openFloor({ docker, client, haproxy }: FloorFacts): Promise<Floor> {
  let told: () => void = () => undefined;
  const { revision } = await client.get([key]);
  await new Promise<void>((resolve) => {
    const handlers = { onOpen: resolve, onChanges: () => told(), onEnd: () => undefined };
    client.watch([{ key }], revision + 1n, handlers);
  });
  let count = 0;
  return async (event) => {
    const delivered = epochMs();
    await inspect(docker, event.id);
    const inspected = epochMs();
    const isTold = new Promise<void>((resolve) => (told = resolve));
    await Promise.all([client.transact([], [{ type: "put", key, value }]), isTold]);
    const watched = epochMs();
    const server = `floor/s${(count += 1)}`;
    await ask(haproxy, `add server ${server} 127.0.0.1:1`);
    const commanded = epochMs();
    await ask(haproxy, `del server ${server}`);
    return {
      event: delivered - event.atMs,
      inspect: inspected - delivered,
      registry: watched - inspected,
      command: commanded - watched,
    };
  };
}
