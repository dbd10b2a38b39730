import type { Container } from "./container.ts";
import type { DockerEngine } from "./engine.ts";

/** What Docker says of one container now. */
export type Inspection =
  /** The engine has it no longer. */
  | { readonly kind: "gone" }
  /** Without a process. */
  | { readonly kind: "stopped"; readonly container: Container }
  /** There, but Docker's answer cannot be read. */
  | { readonly kind: "unreadable"; readonly reason: string }
  | RunningContainer;

/** A running container, and the one whose network it uses. */
export type RunningContainer = {
  readonly kind: "running";
  readonly container: Container;
  /** The container itself, or the one whose network it joined; undefined when that does not run. */
  readonly owner: Container | undefined;
};

const longestChain = 4;

/** Inspects one container, and the one whose network it joined. Throws when the engine does not answer. */
export async function inspectContainer(engine: DockerEngine, id: string): Promise<Inspection> {
  const read = await engine.inspect(id);
  if (read === undefined) return { kind: "gone" };
  if (!read.ok) return { kind: "unreadable", reason: read.reason };
  const { container } = read;
  if (!container.isRunning) return { kind: "stopped", container };
  return { kind: "running", container, owner: await networkOwner(engine, container, longestChain) };
}

async function networkOwner(engine: DockerEngine, container: Container, steps: number): Promise<Container | undefined> {
  if (container.networkMode.kind !== "container") return container;
  const joined = steps > 0 ? await engine.inspect(container.networkMode.container) : undefined;
  if (joined === undefined || !joined.ok || !joined.container.isRunning) return undefined;
  return networkOwner(engine, joined.container, steps - 1);
}
