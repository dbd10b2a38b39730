import type { Container } from "./docker/container.ts";
import type { Engine } from "./docker/engine.ts";

/** What Docker says of one container now. */
export type Looked =
  /** Gone, or without a process. */
  | { readonly kind: "gone" }
  /** There, but what Docker answers cannot be read. */
  | { readonly kind: "odd"; readonly reason: string }
  | {
      readonly kind: "running";
      readonly container: Container;
      /** The container whose network it uses: itself, or the one it joined; undefined when that does not run. */
      readonly owner: Container | undefined;
    };

const longestChain = 4;

/** Looks at one container, and at the one whose network it joined. Throws when the engine does not answer. */
export async function look(engine: Engine, id: string): Promise<Looked> {
  const read = await engine.inspect(id);
  if (read === undefined) return { kind: "gone" };
  if (!read.ok) return { kind: "odd", reason: read.reason };
  const { container } = read;
  if (!container.isRunning) return { kind: "gone" };
  return { kind: "running", container, owner: await ownerOf(engine, container, longestChain) };
}

async function ownerOf(engine: Engine, container: Container, stepsLeft: number): Promise<Container | undefined> {
  if (container.networkMode.kind !== "container") return container;
  const joined = stepsLeft > 0 ? await engine.inspect(container.networkMode.container) : undefined;
  if (joined === undefined || !joined.ok || !joined.container.isRunning) return undefined;
  return ownerOf(engine, joined.container, stepsLeft - 1);
}
