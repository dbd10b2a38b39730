import assert from "node:assert/strict";
import { composeLabels, eventually, namedRedis, openLoop, pool, poolOf, proxyLabels } from "./lab/index.ts";
import type { Lab, LabContainer, LabNode, OpenLoop, OpenLoopFacts } from "./lab/index.ts";
import { endedAtMs } from "./told-by-engine.ts";

/** Two times, ms since 1970. */
export type Span = { readonly fromMs: number; readonly toMs: number };

/** A service of redis containers, behind one port of every node. */
export type Shop = {
  readonly port: number;
  /** Runs one more container of it, by default a redis that answers with its name. */
  readonly serve: (
    node: LabNode,
    facts: { readonly name: string },
    command?: readonly string[],
  ) => Promise<LabContainer>;
  /** Crashes one. Answers the time in which it died: what it accepted then ends with it, whatever stands before it. */
  readonly crash: (node: LabNode, container: LabContainer) => Promise<Span>;
  /** Takes one away, killed if it runs. */
  readonly end: (container: LabContainer) => Promise<void>;
  /** Takes away what still lives. */
  readonly endAll: () => Promise<void>;
  /**
   * Waits until a node's HAProxy has just the servers of what lives, and sends connections to each; others may be on
   * their way out until their sessions are over.
   */
  readonly isExact: (node: LabNode, promisedMs?: number) => Promise<void>;
  readonly allExact: (promisedMs?: number) => Promise<unknown>;
  /** New connections to a node's listener, 200 a second if nothing else is said. */
  readonly load: (node: LabNode, facts?: Partial<OpenLoopFacts>) => Promise<OpenLoop>;
};

/** Failures of connections that were not begun in a time. */
export function outside<Failure extends { readonly begunMs: number }>(
  { fromMs, toMs }: Span,
  failures: readonly Failure[],
): readonly Failure[] {
  return failures.filter(({ begunMs }) => begunMs < fromMs || begunMs > toMs);
}

/** A shop without any container yet. */
export function openShop(lab: () => Lab): Shop {
  const port = 6379;
  let living: readonly LabContainer[] = [];

  const serve: Shop["serve"] = async (node, { name }, command = namedRedis(name)) => {
    const labels = { ...composeLabels("shop", "redis"), ...proxyLabels(`${port}:6379`) };
    const container = await node.runContainer({ name, labels, publish: ["6379"], command });
    living = [...living, container];
    return container;
  };
  const forget = (container: LabContainer) => {
    living = living.filter((each) => each !== container);
  };
  const end = async (container: LabContainer) => {
    forget(container);
    await container.remove();
  };
  const isExact: Shop["isExact"] = (node, promisedMs) =>
    eventually(
      async () => {
        const listener = (await node.listeners()).find((each) => each.port === port);
        assert.deepEqual(await poolOf(node, port), pool(...living));
        const staying = (listener?.servers ?? []).filter(({ admin }) => admin !== "maint");
        assert.equal(staying.length, living.length);
      },
      { within: promisedMs ?? 20_000, isPromised: promisedMs !== undefined },
    );
  return {
    port,
    serve,
    end,
    crash: async (node, container) => {
      forget(container);
      const fromMs = Date.now();
      await container.kill();
      const toMs = await endedAtMs(node, container);
      await container.remove();
      return { fromMs, toMs };
    },
    endAll: async () => {
      await Promise.all(living.map(end));
    },
    isExact,
    allExact: (promisedMs) => Promise.all(lab().nodes.map((node) => isExact(node, promisedMs))),
    load: (node, facts) => openLoop({ host: node.address, port, perSecond: 200, ...facts }),
  };
}
