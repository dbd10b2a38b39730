import type { Rejection, ServiceName } from "@fairway/contract";
import type { Container } from "./docker/container.ts";
import type { HeldEndpoint, Reported } from "./records-of.ts";
import { applied, type Changes, reconcile, type Records } from "./reconcile.ts";

/** What stands for one container. */
export type Holding = {
  readonly container: Reported;
  /** What of the present run decides which events end it; undefined when Docker never told. */
  readonly run: Pick<Container, "startedAtMs" | "stopSignal"> | undefined;
  readonly name: ServiceName;
  readonly endpoints: readonly HeldEndpoint[];
  readonly rejections: readonly Rejection[];
  readonly records: Records;
};

/** What the registrar wants in the registry, container by container. */
export type Holdings = {
  readonly get: (id: string) => Holding | undefined;
  readonly ids: () => readonly string[];
  /** Sets what stands for a container; undefined: nothing any more. Answers what that changes. */
  readonly set: (id: string, next: Holding | undefined) => Changes;
  readonly all: () => readonly Holding[];
  /** The records of all containers. */
  readonly records: () => Records;
};

const nothing: Records = new Map();

export function createHoldings(): Holdings {
  const holdings = new Map<string, Holding>();
  return {
    get: (id) => holdings.get(id),
    ids: () => [...holdings.keys()],
    set: (id, next) => {
      const held = holdings.get(id)?.records ?? nothing;
      const changes = reconcile(next?.records ?? nothing, held);
      if (next === undefined) holdings.delete(id);
      else holdings.set(id, { ...next, records: applied(held, changes) });
      return changes;
    },
    all: () => [...holdings.values()],
    records: () => new Map([...holdings.values()].flatMap(({ records }) => [...records])),
  };
}
