import type { OwnNode, PublisherState } from "@fairway/registry";
import type { Readiness, Status } from "@fairway/program";
import type { Addon } from "./addon/addon.ts";
import { endpointRecord } from "./records-of.ts";
import type { Registrar } from "./registrar.ts";

/** What a running registrar can be asked about. Each part is there once the start has come so far. */
export type Running = {
  readonly node?: OwnNode | undefined;
  readonly registrar?: Registrar | undefined;
  readonly publisher?: { readonly state: () => PublisherState } | undefined;
  readonly addon?: Pick<Addon, "state"> | undefined;
};

/** Ready when Docker is listed and the node record says so; else the sentence that says why not. */
export function readiness({ registrar, publisher }: Running): Readiness {
  const engine = registrar?.engineState();
  if (engine === undefined) return { ready: false, reason: "the Docker engine has not answered yet" };
  if (engine.kind !== "followed") return { ready: false, reason: engineReason(engine) };
  if (publisher === undefined) return { ready: false, reason: "not every container has been looked at yet" };
  const { connected, synced, waitingFor } = publisher.state();
  if (connected && synced) return { ready: true };
  return { ready: false, reason: `the registry is not in step: ${waitingFor ?? "it has not answered yet"}` };
}

/** Everything, for `/status`. */
export function status(running: Running): Status {
  const { node, registrar, publisher, addon } = running;
  const holdings = [...(registrar?.holdings.all() ?? [])].sort((a, b) => (a.container.id < b.container.id ? -1 : 1));
  return {
    ready: readiness(running),
    node,
    engine: registrar?.engineState(),
    registry: publisher?.state(),
    addon: addon?.state(),
    endpoints: holdings.flatMap(({ endpoints, records }) =>
      endpoints.map(({ key }) => ({ key, ...endpointRecord(records, key) })),
    ),
    rejections: holdings.flatMap(({ container: { id, name, image }, name: service, rejections }) =>
      rejections.map((rejection) => ({ container: { id, name, image }, ...service, ...rejection })),
    ),
    failing: registrar?.failing(),
  };
}

function engineReason(engine: { readonly kind: "unlisted" | "lost"; readonly reason: string }): string {
  return engine.kind === "lost" ? `the Docker engine does not answer: ${engine.reason}` : engine.reason;
}
