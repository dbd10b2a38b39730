import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { poolOf, whoAnswers } from "./lab/index.ts";
import type { LabContainer, LabProxy } from "./lab/index.ts";

const askEveryMs = 50;

/** One front port of several proxies, and the containers that ask for it, by project. */
export type Watched = {
  readonly proxies: readonly LabProxy[];
  readonly port: number;
  readonly containers: Readonly<Record<string, LabContainer>>;
};

/** A watch over {@link Watched} that is under way. */
export type OwnerWatch = {
  /** Compares no owner that a proxy names until the answer is called: that one is cut off, or just back. */
  readonly leaveOut: (proxy: LabProxy) => () => void;
  readonly end: (...owners: readonly string[]) => Promise<void>;
};

/** The part of `/status` that tells who owns a port, and of which revision that is. */
type OwnerStatus = {
  readonly registry: { readonly revision: string };
  readonly applied: { readonly revision: string };
  readonly listeners: readonly { readonly port: number; readonly owner: { readonly project: string } | null }[];
};

/**
 * Asks proxies all the time who owns a front port. When it ends: no proxy has ever had servers of two projects at once,
 * those that had applied the same revision named the same owner, but for one that was left out, and clients of each were
 * answered by these projects one after the other, never by one of them again.
 */
export function watchOwners(watched: Watched): OwnerWatch {
  const over = new AbortController();
  const leftOut = new Set<LabProxy>();
  const watches = watched.proxies.map((proxy) =>
    watchOwner(watched, { proxy, isCompared: () => !leftOut.has(proxy), signal: over.signal }),
  );
  const end = async (...owners: readonly string[]) => {
    over.abort();
    const seen = await Promise.all(watches);
    for (const { answers, pools } of seen) {
      assert.deepEqual(answers, owners);
      assert.deepEqual(pools, new Set(["", ...owners]));
    }
    const named = seen.flatMap((each) => [...each.named]);
    assert.ok(named.length > seen.length, `only ${named.length} revisions`);
    for (const [revision, owner] of named) {
      const others = named.filter((other) => other[0] === revision && other[1] !== owner);
      assert.deepEqual(others, [], `at revision ${revision} one names ${owner}`);
    }
  };
  const leaveOut = (proxy: LabProxy) => {
    leftOut.add(proxy);
    return () => void leftOut.delete(proxy);
  };
  return { leaveOut, end };
}

type Seen = {
  /** Who answered connections, each time that it was another than before. */
  readonly answers: string[];
  /** The projects that had servers at once, joined. */
  readonly pools: Set<string>;
  /** The owner that was named at a revision. */
  readonly named: Map<string, string>;
};

type Asked = { readonly proxy: LabProxy; readonly isCompared: () => boolean; readonly signal: AbortSignal };

async function watchOwner({ port, containers }: Watched, { proxy, isCompared, signal }: Asked): Promise<Seen> {
  const seen: Seen = { answers: [], pools: new Set(), named: new Map() };
  const projects = new Map(Object.entries(containers).map(([project, { id }]) => [id.slice(0, 12), project]));
  const looks = [
    async () => {
      const name = await whoAnswers({ ...proxy, port });
      if (name in containers && seen.answers.at(-1) !== name) seen.answers.push(name);
    },
    async () => {
      const pool = await poolOf(proxy, port);
      seen.pools.add([...new Set(pool.map((id) => projects.get(id) ?? id))].join(" and "));
    },
    async () => {
      const wasCompared = isCompared();
      const { registry, applied, listeners } = (await proxy.agent.status()) as OwnerStatus;
      const owner = listeners.find((listener) => listener.port === port)?.owner?.project;
      if (owner === undefined || registry.revision !== applied.revision) return;
      if (wasCompared && isCompared()) seen.named.set(applied.revision, owner);
    },
  ];
  const ask = async (look: () => Promise<void>) => {
    // A proxy that is cut off does not answer.
    for (; !signal.aborted; await delay(askEveryMs)) await look().catch(() => undefined);
  };
  await Promise.all(looks.map(ask));
  return seen;
}
