import { counted, drainKey, drainsPrefixOf, encode, reasonOf, shown } from "@fairway/contract";
import { wait } from "@fairway/loop";
import type { Output } from "@fairway/program";
import { knownOf } from "@fairway/proxy-agent";
import type { RegistryClient } from "@fairway/registry";
import { followUntil } from "../wait/follow.ts";
import { selectorsOf } from "../wait/goal.ts";
import { connectionCount } from "./open-connections.ts";
import { retryUnanswered } from "./retry-unanswered.ts";
import { judgeLetGo, type Watched } from "./rollout-routes.ts";
import type { EngineContainer, ServiceEngine } from "./service-engine.ts";

/** What containers are retired with. */
export type RetireOptions = {
  readonly client: RegistryClient;
  readonly engine: ServiceEngine;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** `project/service` */
  readonly service: string;
  readonly node: string;
  /** Who serves them, and is to let go of them. */
  readonly proxies: ReadonlySet<string>;
  /** How long proxies have to let go of them. */
  readonly timeoutMs: number;
  /** How long their connections may last. */
  readonly drainMs: number;
  /** They go, whoever has not let go of them. (false) */
  readonly isForced?: boolean;
};

/** How often open connections are counted. */
const countMs = 50;

/** How long there must be none before a container is stopped: one may be on its way from a proxy that is far away. */
const quietMs = 300;

/** How long proxies have to let go of containers that go in any case. */
const forcedMs = 10_000;

/** Tells which containers of a node are drained, by the beginnings of their ids. Rejects when the registry does not answer. */
export async function drainedOn(client: RegistryClient, node: string): Promise<(container12: string) => boolean> {
  const { stored } = await client.list([{ prefix: drainsPrefixOf(node) }]);
  const keys = new Set(stored.map(({ key }) => key));
  return (container12) => keys.has(drainKey({ node, container12 }));
}

/** Takes containers out of service without anybody noticing: no new connections, the end of the old ones, stop, removal. */
export class Retirement {
  readonly #options: RetireOptions;

  constructor(options: RetireOptions) {
    this.#options = options;
  }

  /** Answers why they are still there, safe to show; undefined: they are gone. */
  async run(containers: readonly Pick<EngineContainer, "id" | "name">[]): Promise<string | undefined> {
    const { output, signal, isForced = false, engine } = this.#options;
    const names = containers.map(({ name }) => shown(name)).join(", ");
    const held = await this.#letGo(containers).catch(
      (error: unknown) => `they could not be drained: ${shown(reasonOf(error))}`,
    );
    if (held !== undefined && !isForced) return held;
    const patience = { output, signal };
    try {
      const found = await retryUnanswered(
        () => Promise.all(containers.map(({ id }) => engine.container(id))),
        patience,
      );
      const all = found.filter((each) => each !== undefined);
      const ended = await this.#awaitLast(all);
      if (signal.aborted) return "interrupted";
      output.print(`${names}: ${held === undefined ? "drained" : `not drained (${held})`}; ${ended}`);
      await retryUnanswered(() => Promise.all(all.map((each) => engine.remove(each))), patience);
    } catch (error) {
      return `${names}: not removed: ${shown(reasonOf(error))}`;
    }
    // Its registrar does so too, at its next look at all containers.
    await this.#drains(containers, "delete").catch(() => undefined);
    output.print(`${names}: removed`);
    return undefined;
  }

  /** Answers who has not let go of them in time. */
  async #letGo(containers: readonly Pick<EngineContainer, "id" | "name">[]): Promise<string | undefined> {
    const { client, service, proxies, signal, timeoutMs, isForced = false } = this.#options;
    await this.#drains(containers, "put");
    const watched: Watched = { service, names: new Map(containers.map(({ id, name }) => [id.slice(0, 12), name])) };
    const { verdict, lost } = await followUntil({
      client,
      selectors: selectorsOf(service),
      timeoutMs: isForced ? Math.min(timeoutMs, forcedMs) : timeoutMs,
      signal,
      judge: (stored) => judgeLetGo(watched, proxies, knownOf(stored)),
    });
    if (verdict?.isReached === true) return undefined;
    if (signal.aborted) return "interrupted";
    return verdict?.lines.join("; ") ?? `the registry does not answer: ${shown(lost ?? "the time was over")}`;
  }

  async #drains(containers: readonly Pick<EngineContainer, "id">[], type: "put" | "delete"): Promise<void> {
    const { client, node } = this.#options;
    const record = { v: 1, drainedAt: new Date().toISOString() } as const;
    const keys = containers.map(({ id }) => drainKey({ node, container12: id.slice(0, 12) }));
    for (const key of keys) await client.transact([], [{ type, key, value: encode(record) }]);
  }

  /** Says how their connections ended. */
  async #awaitLast(containers: readonly EngineContainer[]): Promise<string> {
    const { drainMs, signal } = this.#options;
    const end = AbortSignal.any([signal, AbortSignal.timeout(drainMs)]);
    let quietSince = performance.now();
    let open: number | undefined = 0;
    const counts = containers.map(connectionCount);
    while (!end.aborted) {
      open = sumOf(counts.map((count) => count()));
      if (open !== 0) quietSince = performance.now();
      if (performance.now() - quietSince >= quietMs) return "no connection is left";
      await wait(countMs, end);
    }
    if (open === undefined) return `connections had ${drainMs / 1000} s to end, as they cannot be counted from here`;
    return open === 0 ? "no connection is left" : `${counted(open, "connection")} did not end in ${drainMs / 1000} s`;
  }
}

function sumOf(counts: readonly (number | undefined)[]): number | undefined {
  return counts.reduce<number | undefined>(
    (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
    0,
  );
}
