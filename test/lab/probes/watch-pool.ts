import { setTimeout as delay } from "node:timers/promises";
import type { SeenServer } from "@fairway/standalone";
import type { LabContainer } from "../container.ts";
import type { LabNode } from "../node.ts";

/** The containers to which HAProxy sends new connections: twelve digits of each id, sorted. */
export type Pool = readonly string[];

/** Asks HAProxy again and again for the pool of one listener. */
export type PoolWatch = {
  /** The pool of each answer; empty where HAProxy gave none. At least one is asked for after this call. */
  readonly stop: () => Promise<readonly Pool[]>;
};

const askEveryMs = 50;

/** A node's pool behind a port, by HAProxy's own answer. Throws when it does not answer. */
export async function poolOf(node: Pick<LabNode, "listeners">, port: number): Promise<Pool> {
  const listener = (await node.listeners()).find((each) => each.port === port);
  return (listener?.servers ?? []).filter(isServing).map(containerOf).toSorted();
}

/** The pool that consists of these containers. */
export function pool(...containers: readonly Pick<LabContainer, "id">[]): Pool {
  return containers.map(({ id }) => id.slice(0, 12)).toSorted();
}

/** Watches a pool until it is stopped. */
export function watchPool(node: Pick<LabNode, "listeners">, port: number): PoolWatch {
  const seen: Pool[] = [];
  let isStopping = false;
  const watch = async () => {
    for (let isLast = false; !isLast; await delay(askEveryMs, undefined, { ref: false })) {
      isLast = isStopping;
      seen.push(await poolOf(node, port).catch(() => []));
    }
  };
  const watching = watch();
  const stop = async () => {
    isStopping = true;
    await watching;
    return seen;
  };
  return { stop };
}

/** HAProxy counts a server as up until it is down: `UP 1/3` still gets connections, `DOWN 1/2` none yet. */
function isServing({ admin, status }: SeenServer): boolean {
  return admin === "ready" && /^(UP|no check)/.test(status);
}

/** Servers are named `<service>.<node>.<container>.<port>.<hash>`. */
function containerOf({ name }: SeenServer): string {
  return name.split(".")[2] ?? name;
}
