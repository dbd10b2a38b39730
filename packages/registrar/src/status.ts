import { withoutKeys, type EndpointRecord } from "@fairway/contract";
import type { Readiness, Status } from "@fairway/program";
import type { NodePublisher, OwnNode } from "@fairway/registry";
import type { Addon } from "./addon/addon.ts";
import type { Drains } from "./containers/drains.ts";
import type { Registrar } from "./registrar.ts";

/** The parts of a running registrar that answer for themselves. */
export type RegistrarParts = {
  readonly node: OwnNode;
  readonly registrar: Registrar;
  readonly publisher: NodePublisher;
  readonly drains: Drains;
  readonly addon: Addon;
};

/**
 * How long one piece of work may take before `/healthz` says that the registrar stands still: no inspection takes so
 * long.
 */
const standstillMs = 60_000;

/** What the registrar says of itself, from before the Docker engine has answered. */
export class RegistrarStatus {
  readonly #notes: () => readonly string[];
  #parts: RegistrarParts | undefined;
  #waitingFor = "the Docker engine has not answered yet";

  /** `notes`: what else an operator is to know, as sentences. */
  constructor(notes: () => readonly string[] = () => []) {
    this.#notes = notes;
  }

  /** Undefined until the Docker engine has answered. */
  get parts(): RegistrarParts | undefined {
    return this.#parts;
  }

  /** There are no parts yet, for this reason. */
  wait(reason: string): void {
    this.#parts = undefined;
    this.#waitingFor = reason;
  }

  /** Shows the parts from now on. */
  show(parts: RegistrarParts): void {
    this.#parts = parts;
  }

  /** False when the loop has stopped turning. */
  isAlive(): boolean {
    return (this.#parts?.registrar.busyMs() ?? 0) < standstillMs;
  }

  /** Ready when Docker is listed and the node record says so; else the sentence that says why not. */
  readiness(): Readiness {
    if (this.#parts === undefined) return { ready: false, reason: this.#waitingFor };
    const { registrar, publisher } = this.#parts;
    const { engineState } = registrar;
    if (engineState.kind === "unlisted") return { ready: false, reason: engineState.reason };
    if (engineState.kind === "lost") {
      return { ready: false, reason: `the Docker engine does not answer: ${engineState.reason}` };
    }
    const failing = registrar.failingSentence();
    if (failing !== undefined) return { ready: false, reason: failing };
    if (!registrar.isComplete) return { ready: false, reason: "not every container has been inspected yet" };
    const { connected, synced, waitingFor, claimsRefused } = publisher.state();
    if (connected && synced && claimsRefused === undefined) return { ready: true };
    if (connected && synced) return { ready: false, reason: `the registry does not take claims: ${claimsRefused}` };
    return { ready: false, reason: `the registry is not in step: ${waitingFor ?? "it has not answered yet"}` };
  }

  /** Everything, for `/status`. */
  report(): Status {
    if (this.#parts === undefined)
      return { ready: this.readiness(), notes: this.#notes(), endpoints: [], rejections: [] };
    const { node, registrar, publisher, drains, addon } = this.#parts;
    const states = [...registrar.states()].sort((a, b) => (a.container.id < b.container.id ? -1 : 1));
    return {
      ready: this.readiness(),
      notes: [...this.#notes(), ...drains.notes],
      node,
      engine: registrar.engineState,
      registry: registrar.isComplete ? publisher.state() : undefined,
      addon: addon.state(),
      drains: drains.all,
      endpoints: states.flatMap(({ endpoints }) => endpoints.map(({ key }) => ({ key, ...recordAt(publisher, key) }))),
      rejections: states.flatMap(({ container: { id, name, image }, name: service, rejections }) =>
        rejections.map((rejection) => ({ container: { id, name, image }, ...service, ...rejection })),
      ),
      failing: registrar.failing(),
      unread: registrar.failingSentence(),
    };
  }
}

/** A record as it may be shown: of a certificate in a label a hash. */
function recordAt(publisher: NodePublisher, key: string): EndpointRecord | undefined {
  const text = publisher.get(key);
  if (text === undefined) return undefined;
  const record = JSON.parse(text) as EndpointRecord;
  return { ...record, ...withoutKeys(record.settings) };
}
